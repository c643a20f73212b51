{{/* cs.autoscaling: (list root node values), an HPA or a ScaledObject */}}
{{- define "cs.autoscaling" -}}
{{- $root := index . 0 -}}{{- $node := index . 1 -}}{{- $a := (index . 2).autoscaling -}}
{{- $name := printf "%s-%s" (include "cs.fullname" $root) $node.process }}
{{- $behavior := dict "scaleDown" (dict "stabilizationWindowSeconds" (int $a.scaleDownSeconds)) }}
{{- if eq $a.kind "hpa" }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $name }}
  labels: {{- include "cs.labels" (list $root $node.process) | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ $name }}}
  minReplicas: {{ $a.minReplicas | int }}
  maxReplicas: {{ $a.maxReplicas | int }}
  behavior: {{- toYaml $behavior | nindent 4 }}
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: {{ $a.cpu | int }}}}
{{- else }}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ $name }}
  labels: {{- include "cs.labels" (list $root $node.process) | nindent 4 }}
spec:
  scaleTargetRef: {name: {{ $name }}}
  pollingInterval: 10
  minReplicaCount: {{ $a.minReplicas | int }}
  maxReplicaCount: {{ $a.maxReplicas | int }}
  fallback: {failureThreshold: 3, replicas: {{ max 1 (int $a.minReplicas) }}}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior: {{- toYaml $behavior | nindent 8 }}
  triggers:
    {{- if $a.lag }}
    - type: nats-jetstream
      metadata:
        natsServerMonitoringEndpoint: {{ include "cs.natsMonitoring" $root | quote }}
        account: {{ $root.Values.nats.account | quote }}
        stream: CHATSPHERE_JOBS
        consumer: {{ $node.service }}
        lagThreshold: {{ $a.lag | int | quote }}
    {{- end }}
    {{- if $a.inFlight }}
    - type: prometheus
      metadata:
        serverAddress: {{ $root.Values.metrics.prometheusUrl | quote }}
        query: sum(rate(cs_call_seconds_sum{namespace="{{ $root.Release.Namespace }}",pod=~"{{ $name }}-.*"}[1m])) + sum(cs_queue_depth{namespace="{{ $root.Release.Namespace }}",pod=~"{{ $name }}-.*"})
        threshold: {{ $a.inFlight | int | quote }}
    {{- end }}
    {{- with $a.triggers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end -}}
