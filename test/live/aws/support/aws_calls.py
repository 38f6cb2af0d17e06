"""Calls AWS with boto3: reads a line of JSON for each call, and prints a line of JSON for each answer.

It ends with its input. The AWS CLI would take a second of processor time to start, for each call.
"""

import functools
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.response import StreamingBody

making = threading.Lock()
printing = threading.Lock()


@functools.cache
def client_of(service, options):
    return boto3.client(service, **dict(options))


def call(service, operation, parameters, options):
    # All threads may use a client, and one at a time may make it.
    with making:
        client = client_of(service, tuple(options.items()))
    if client.can_paginate(operation):
        return client.get_paginator(operation).paginate(**parameters).build_full_result()
    answer = getattr(client, operation)(**parameters)
    del answer["ResponseMetadata"]
    return answer


def to_json(value):
    return value.read().decode() if isinstance(value, StreamingBody) else value.isoformat()


def answer_line(line):
    request = json.loads(line)
    number = request.pop("number")
    try:
        text = json.dumps({"number": number, "answer": call(**request)}, default=to_json)
    except Exception as error:
        text = json.dumps({"number": number, "error": str(error)})
    with printing:
        print(text, flush=True)


with ThreadPoolExecutor() as threads:
    for line in sys.stdin:
        threads.submit(answer_line, line)
