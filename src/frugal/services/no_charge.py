"""Types of template resources AWS takes nothing for by themselves, each with the reason.

A type that stands neither here nor in a service file is *unpriced*: it makes the total a lower
bound. So an entry must be sure. Most are settings of another resource, which is the one that is
billed; a few belong to a service that AWS says costs nothing.
"""

from __future__ import annotations

from functools import cache

from frugal.services.resource import NoCharge

_IDENTITY = NoCharge("identities and policies are not billed", "https://aws.amazon.com/iam/faqs/")
_NETWORK = NoCharge(
    "a VPC, its subnets, routes and firewall rules are not billed; what passes through is",
    "https://aws.amazon.com/vpc/pricing/",
)
_STACKS = NoCharge(
    "CloudFormation takes nothing for AWS's own types",
    "https://aws.amazon.com/cloudformation/pricing/",
)
_SETTING = NoCharge("a setting of another resource, which is the one that is billed")
_CONNECTION = NoCharge(
    "a connection is not billed; calls of API destinations are",
    "https://aws.amazon.com/eventbridge/pricing/",
)
_TEMPLATE = NoCharge("not billed; what is launched from it is")

_TYPES: tuple[tuple[NoCharge, str], ...] = (
    (
        _IDENTITY,
        "AWS::IAM::Group AWS::IAM::InstanceProfile AWS::IAM::ManagedPolicy AWS::IAM::OIDCProvider "
        "AWS::IAM::Policy AWS::IAM::Role AWS::IAM::RolePolicy AWS::IAM::ServiceLinkedRole "
        "AWS::IAM::User AWS::IAM::UserPolicy AWS::IAM::AccessKey aws_iam_access_key aws_iam_group "
        "aws_iam_group_policy aws_iam_group_policy_attachment aws_iam_instance_profile "
        "aws_iam_openid_connect_provider aws_iam_policy aws_iam_policy_attachment aws_iam_role "
        "aws_iam_role_policies_exclusive aws_iam_role_policy aws_iam_role_policy_attachment "
        "aws_iam_service_linked_role aws_iam_user aws_iam_user_policy "
        "aws_iam_user_policy_attachment",
    ),
    (
        _NETWORK,
        "AWS::EC2::DHCPOptions AWS::EC2::InternetGateway AWS::EC2::NetworkAcl "
        "AWS::EC2::NetworkAclEntry AWS::EC2::Route AWS::EC2::RouteTable AWS::EC2::SecurityGroup "
        "AWS::EC2::SecurityGroupEgress AWS::EC2::SecurityGroupIngress AWS::EC2::Subnet "
        "AWS::EC2::SubnetRouteTableAssociation AWS::EC2::VPC AWS::EC2::VPCGatewayAttachment "
        "AWS::EC2::VPCDHCPOptionsAssociation AWS::EC2::EgressOnlyInternetGateway "
        "AWS::EC2::VPCCidrBlock AWS::EC2::SubnetNetworkAclAssociation "
        "aws_default_network_acl aws_default_route_table aws_default_security_group "
        "aws_default_subnet aws_default_vpc aws_egress_only_internet_gateway aws_internet_gateway "
        "aws_main_route_table_association aws_network_acl aws_network_acl_rule aws_route "
        "aws_route_table aws_route_table_association aws_security_group aws_security_group_rule "
        "aws_subnet aws_vpc aws_vpc_dhcp_options aws_vpc_dhcp_options_association "
        "aws_vpc_ipv4_cidr_block_association aws_vpc_security_group_egress_rule "
        "aws_vpc_security_group_ingress_rule aws_internet_gateway_attachment",
    ),
    (
        _STACKS,
        "AWS::CloudFormation::WaitCondition AWS::CloudFormation::WaitConditionHandle "
        "AWS::CDK::Metadata",
    ),
    (_CONNECTION, "AWS::Events::Connection aws_cloudwatch_event_connection"),
    (
        _TEMPLATE,
        "AWS::EC2::LaunchTemplate AWS::ECS::Cluster aws_ecs_cluster "
        "aws_ecs_cluster_capacity_providers aws_launch_template AWS::EC2::KeyPair aws_key_pair "
        "AWS::ECS::ClusterCapacityProviderAssociations",
    ),
    (
        _SETTING,
        "AWS::ApiGateway::Authorizer AWS::ApiGateway::BasePathMapping AWS::ApiGateway::Deployment "
        "AWS::ApiGateway::Method AWS::ApiGateway::Model AWS::ApiGateway::RequestValidator "
        "AWS::ApiGateway::Resource AWS::ApiGateway::UsagePlan AWS::ApiGateway::Account "
        "AWS::ApiGatewayV2::ApiMapping AWS::ApiGatewayV2::Authorizer "
        "AWS::ApiGatewayV2::Deployment AWS::ApiGatewayV2::Integration AWS::ApiGatewayV2::Route "
        "AWS::ApiGatewayV2::Stage AWS::ApiGatewayV2::VpcLink AWS::EC2::EIPAssociation "
        "AWS::EC2::VolumeAttachment "
        "AWS::ElasticLoadBalancingV2::Listener "
        "AWS::ElasticLoadBalancingV2::ListenerRule AWS::ElasticLoadBalancingV2::TargetGroup "
        "AWS::Events::EventBusPolicy AWS::KMS::Alias "
        "AWS::Lambda::EventInvokeConfig AWS::Lambda::EventSourceMapping "
        "AWS::Lambda::LayerVersion AWS::Lambda::LayerVersionPermission AWS::Lambda::Permission "
        "AWS::Lambda::Url AWS::Logs::LogStream AWS::Logs::ResourcePolicy "
        "AWS::RDS::DBClusterParameterGroup AWS::RDS::DBParameterGroup AWS::RDS::DBProxyTargetGroup "
        "AWS::RDS::DBSubnetGroup AWS::RDS::OptionGroup AWS::Route53::RecordSet "
        "AWS::Route53::RecordSetGroup AWS::S3::BucketPolicy AWS::SNS::TopicPolicy "
        "AWS::SQS::QueuePolicy AWS::Scheduler::ScheduleGroup AWS::SecretsManager::ResourcePolicy "
        "AWS::SecretsManager::SecretTargetAttachment AWS::StepFunctions::StateMachineAlias "
        "AWS::StepFunctions::StateMachineVersion AWS::ApplicationAutoScaling::ScalableTarget "
        "AWS::ApplicationAutoScaling::ScalingPolicy "
        "aws_api_gateway_account aws_api_gateway_authorizer aws_api_gateway_base_path_mapping "
        "aws_api_gateway_deployment aws_api_gateway_integration "
        "aws_api_gateway_integration_response aws_api_gateway_method "
        "aws_api_gateway_method_response aws_api_gateway_method_settings aws_api_gateway_model "
        "aws_api_gateway_request_validator aws_api_gateway_resource "
        "aws_api_gateway_rest_api_policy aws_api_gateway_usage_plan aws_apigatewayv2_api_mapping "
        "aws_apigatewayv2_authorizer aws_apigatewayv2_deployment aws_apigatewayv2_integration "
        "aws_apigatewayv2_route aws_apigatewayv2_stage aws_apigatewayv2_vpc_link "
        "aws_appautoscaling_policy aws_appautoscaling_target aws_cloudwatch_event_bus_policy "
        "aws_cloudwatch_event_permission aws_cloudwatch_event_target aws_cloudwatch_log_stream "
        "aws_cloudwatch_log_resource_policy aws_db_option_group "
        "aws_db_parameter_group aws_db_proxy_default_target_group aws_db_proxy_target "
        "aws_db_subnet_group aws_ecr_lifecycle_policy aws_ecr_repository_policy "
        "aws_eip_association aws_kms_alias aws_kms_key_policy "
        "aws_lambda_alias aws_lambda_event_source_mapping aws_lambda_function_event_invoke_config "
        "aws_lambda_function_url aws_lambda_layer_version aws_lambda_layer_version_permission "
        "aws_lambda_permission aws_lb_listener aws_lb_listener_rule aws_lb_target_group "
        "aws_lb_target_group_attachment aws_lb_listener_certificate aws_alb_listener "
        "aws_lightsail_container_service_deployment_version "
        "aws_alb_listener_rule aws_alb_target_group "
        "aws_lightsail_disk_attachment aws_lightsail_instance_public_ports "
        "aws_lightsail_lb_attachment aws_lightsail_key_pair aws_lightsail_static_ip_attachment "
        "aws_rds_cluster_parameter_group aws_route53_record aws_s3_bucket_acl "
        "aws_s3_bucket_cors_configuration aws_s3_bucket_lifecycle_configuration "
        "aws_s3_bucket_logging aws_s3_bucket_notification aws_s3_bucket_ownership_controls "
        "aws_s3_bucket_policy aws_s3_bucket_public_access_block "
        "aws_s3_bucket_server_side_encryption_configuration aws_s3_bucket_versioning "
        "aws_s3_bucket_website_configuration aws_scheduler_schedule_group "
        "aws_secretsmanager_secret_policy aws_secretsmanager_secret_version "
        "aws_sns_topic_policy aws_sqs_queue_policy aws_sqs_queue_redrive_allow_policy "
        "aws_sqs_queue_redrive_policy aws_volume_attachment aws_secretsmanager_secret_rotation "
        "aws_sfn_alias aws_cloudwatch_log_subscription_filter AWS::Logs::SubscriptionFilter",
    ),
)


@cache
def no_charge_types() -> dict[str, NoCharge]:
    """Return every type that carries no charge of its own, with the reason."""
    return {name: why for why, names in _TYPES for name in names.split()}
