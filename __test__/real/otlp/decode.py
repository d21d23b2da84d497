"""Reads a request of OTLP as its protocol buffers have it: every field must be one of theirs."""

import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

KINDS = {"metrics": ExportMetricsServiceRequest, "traces": ExportTraceServiceRequest}

request = json_format.Parse(sys.stdin.read(), KINDS[sys.argv[1]]())
json.dump(json_format.MessageToDict(request), sys.stdout)
