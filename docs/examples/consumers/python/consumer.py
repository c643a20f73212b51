"""Reads the events of a subscription: python3 consumer.py <subscription.json> [count]

subscription.json is the answer to POST /api/v1/event-subscriptions. The messages are made from /api/proto.tar.gz:
    pip install "nats-py[nkeys]" protobuf grpcio-tools
    python3 -m grpc_tools.protoc -I proto --python_out=. proto/chatsphere/v1/*.proto
"""
import asyncio
import json
import sys
import tempfile

import nats
from google.protobuf import json_format, symbol_database
from nats.errors import TimeoutError

from chatsphere.v1 import events_pb2  # noqa: F401  registers the messages


async def main(file, count="0"):
    with open(file, encoding="utf-8") as f:
        s = json.load(f)
    creds = tempfile.NamedTemporaryFile("w", suffix=".creds")
    creds.write(s["credentials"])
    creds.flush()
    nc = await nats.connect(s["nats_url"], user_credentials=creds.name, inbox_prefix=s["inbox_prefix"].encode())
    js = nc.jetstream(prefix=s["api_prefix"])
    sub = await js.pull_subscribe_bind(consumer=s["consumer"], stream=s["stream"])
    n = 0
    while not int(count) or n < int(count):
        try:
            messages = await sub.fetch(10, timeout=5)
        except TimeoutError:
            continue
        for m in messages:
            name = m.headers["ce-dataschema"].removeprefix("urn:protobuf:")
            body = symbol_database.Default().GetSymbol(name)()
            body.ParseFromString(m.data)
            text = json_format.MessageToJson(body, preserving_proto_field_name=True, indent=None)
            print(m.headers["ce-type"], m.headers["ce-subject"], text, flush=True)
            await m.ack_sync()
            n += 1
    await nc.drain()


asyncio.run(main(*sys.argv[1:]))
