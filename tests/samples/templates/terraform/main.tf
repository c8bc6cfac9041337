variable "stage" {
  type    = string
  default = "prod"
}

variable "image" {
  type = string
}

locals {
  memory  = { prod = 1024, test = 256 }
  workers = ["a", "b"]
}

provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "us"
  region = "us-east-1"
}

resource "aws_lambda_function" "worker" {
  count         = 2
  function_name = "${var.stage}-worker-${count.index}"
  memory_size   = local.memory[var.stage]
  architectures = ["arm64"]
  image_uri     = var.image
  role          = aws_iam_role.worker.arn
}

resource "aws_iam_role" "worker" {
  name = "worker"
}

resource "aws_secretsmanager_secret" "key" {
  for_each = toset(["bank", "partner"])
  name     = each.value
}

resource "aws_kms_key" "spare" {
  count = var.stage == "test" ? 1 : 0
}

resource "aws_ebs_volume" "disk" {
  size = var.stage == "prod" ? 50 : 10
  type = "gp3"
}

resource "aws_kinesis_stream" "open" {
  shard_count = max(1, length(local.workers))
}

resource "aws_sns_topic" "far" {
  provider = aws.us
}

resource "random_password" "database" {
  length = 20
}

module "queue" {
  source = "./queue"
  fifo   = true
}

module "elsewhere" {
  source = "terraform-aws-modules/vpc/aws"
}
