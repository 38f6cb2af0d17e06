"""Puts a file into a bucket with boto3, in parts of 5 MiB."""

import sys

import boto3
from boto3.s3.transfer import TransferConfig

PART_BYTES = 5 * 1024**2

path, bucket, key = sys.argv[1:]
boto3.client("s3").upload_file(path, bucket, key, Config=TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES))
