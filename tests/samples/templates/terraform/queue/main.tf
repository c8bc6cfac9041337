variable "fifo" {
  default = false
}

resource "aws_sqs_queue" "this" {
  fifo_queue = var.fifo
}
