{{/* Rules of the network policies. */}}
{{- define "cs.peerComponent" -}}{{/* list root component */}}
podSelector:
  matchLabels: {{- include "cs.selector" . | nindent 4 }}
{{- end -}}

{{- define "cs.dnsRule" -}}
- ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- end -}}

{{- define "cs.natsRule" -}}
- ports: [{port: {{ include "cs.natsPort" . }}, protocol: TCP}]
  {{- if include "cs.bundledNats" . }}
  to:
    - {{- include "cs.peerComponent" (list . "nats") | nindent 6 }}
  {{- end }}
{{- end -}}

{{- define "cs.pgRule" -}}
- ports: [{port: {{ .Values.postgresql.port | int }}, protocol: TCP}]
  {{- if include "cs.bundledPg" . }}
  to:
    - {{- include "cs.peerComponent" (list . "postgresql") | nindent 6 }}
  {{- end }}
{{- end -}}

{{- define "cs.metricsRule" -}}
- ports: [{port: metrics, protocol: TCP}]
  from: {{- toYaml (.Values.networkPolicy.metricsFrom | default (list (dict "namespaceSelector" dict))) | nindent 4 }}
{{- end -}}

{{- define "cs.providerRule" -}}
- ports:
    {{- range .Values.networkPolicy.providerPorts }}
    - {port: {{ . | int }}, protocol: TCP}
    {{- end }}
  to:
    - ipBlock: {cidr: 0.0.0.0/0, except: {{ toJson .Values.networkPolicy.providerExcept }}}
{{- end -}}
