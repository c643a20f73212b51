{{- define "cs.fullname" -}}{{ ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) | trunc 40 | trimSuffix "-" }}{{- end -}}

{{/* cs.selector: (list root component), labels that never change */}}
{{- define "cs.selector" -}}
{{- $r := index . 0 -}}
app.kubernetes.io/name: {{ $r.Chart.Name }}
app.kubernetes.io/instance: {{ $r.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* cs.labels: (list root component), labels of an object */}}
{{- define "cs.labels" -}}
{{- $r := index . 0 -}}
helm.sh/chart: {{ printf "%s-%s" $r.Chart.Name $r.Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ $r.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $r.Release.Service }}
app.kubernetes.io/part-of: chatsphere
{{ include "cs.selector" . }}
{{- end -}}

{{/* cs.topology: the services as `chatsphere topology` prints them, as {items: [{service, process, program, schema, jobs, secrets}]} */}}
{{- define "cs.topology" -}}
{{- $items := list -}}
{{- range splitList "\n" (trim (.Files.Get "files/topology.tsv")) -}}
{{- $c := splitList "\t" . -}}
{{- $secrets := dict -}}
{{- range splitList "," (index $c 5) -}}{{- $pair := splitList "=" . -}}{{- $_ := set $secrets (index $pair 0) (index $pair 1) -}}{{- end -}}
{{- $items = append $items (dict "service" (index $c 0) "process" (index $c 1) "program" (index $c 2) "schema" (eq (index $c 3) "schema") "jobs" (eq (index $c 4) "jobs") "secrets" $secrets) -}}
{{- end -}}
{{- dict "items" $items | toYaml -}}
{{- end -}}

{{/* cs.service: (list root process), the values of a service merged over the defaults */}}
{{- define "cs.service" -}}
{{- $r := index . 0 -}}
{{- mergeOverwrite (deepCopy $r.Values.defaults) (deepCopy (index $r.Values.services (index . 1) | default dict)) | toYaml -}}
{{- end -}}

{{/* cs.image: (list root program [digest]) */}}
{{- define "cs.image" -}}
{{- $r := index . 0 -}}
{{- $digest := "" -}}{{- if gt (len .) 2 -}}{{- $digest = index . 2 -}}{{- end -}}
{{- $r.Values.image.prefix }}{{ index . 1 }}{{ if $digest }}@{{ $digest }}{{ else }}:{{ $r.Values.image.tag | default $r.Chart.AppVersion }}{{ end -}}
{{- end -}}

{{- define "cs.bundledNats" -}}{{ if and (not .Values.nats.url) .Values.nats.bundled.enabled }}true{{ end }}{{- end -}}
{{- define "cs.bundledPg" -}}{{ if and (not .Values.postgresql.host) .Values.postgresql.bundled.enabled }}true{{ end }}{{- end -}}
{{- define "cs.natsUrl" -}}{{ .Values.nats.url | default (printf "nats://%s-nats:4222" (include "cs.fullname" .)) }}{{- end -}}
{{- define "cs.natsMonitoring" -}}{{ .Values.nats.monitoring | default (printf "%s-nats-headless.%s.svc:8222" (include "cs.fullname" .) .Release.Namespace) }}{{- end -}}
{{- define "cs.pgHost" -}}{{ .Values.postgresql.host | default (printf "%s-postgresql" (include "cs.fullname" .)) }}{{- end -}}
{{- define "cs.plaintext" -}}
{{- if ne .Values.plaintext "auto" }}{{ .Values.plaintext }}{{ else if or (include "cs.bundledNats" .) (include "cs.bundledPg" .) }}allow{{ else }}refuse{{ end -}}
{{- end -}}

{{/* cs.natsPort: of nats.url; 4222 where it names none */}}
{{- define "cs.natsPort" -}}{{ regexFind ":[0-9]+$" (include "cs.natsUrl" .) | trimPrefix ":" | default "4222" }}{{- end -}}

{{/* cs.stores: environment of whatever talks to NATS */}}
{{- define "cs.stores" -}}
- {name: CHATSPHERE_NATS_URL, value: {{ include "cs.natsUrl" . | quote }}}
- {name: CHATSPHERE_NATS_CREDS, value: /etc/chatsphere/secrets/nats.creds}
{{- if .Values.nats.caSecret }}
- {name: CHATSPHERE_NATS_CA, value: /etc/chatsphere/ca/nats/ca.crt}
{{- end }}
- {name: CHATSPHERE_PLAINTEXT, value: {{ include "cs.plaintext" . | quote }}}
{{- end -}}

{{/* cs.caMounts and cs.caVolumes: (list root schema?) */}}
{{- define "cs.caMounts" -}}
{{- $r := index . 0 -}}
{{- if $r.Values.nats.caSecret }}
- {name: nats-ca, mountPath: /etc/chatsphere/ca/nats, readOnly: true}
{{- end }}
{{- if and (index . 1) $r.Values.postgresql.caSecret }}
- {name: postgresql-ca, mountPath: /etc/chatsphere/ca/postgresql, readOnly: true}
{{- end }}
{{- end -}}
{{- define "cs.caVolumes" -}}
{{- $r := index . 0 -}}
{{- if $r.Values.nats.caSecret }}
- {name: nats-ca, secret: {secretName: {{ $r.Values.nats.caSecret }}}}
{{- end }}
{{- if and (index . 1) $r.Values.postgresql.caSecret }}
- {name: postgresql-ca, secret: {secretName: {{ $r.Values.postgresql.caSecret }}}}
{{- end }}
{{- end -}}

{{/* cs.podSecurity: (list uid), of every pod; cs.containerSecurity: of every container. No value can weaken them. */}}
{{- define "cs.podSecurity" -}}
{runAsNonRoot: true, runAsUser: {{ index . 0 }}, runAsGroup: {{ index . 0 }}, fsGroup: {{ index . 0 }}, fsGroupChangePolicy: OnRootMismatch, seccompProfile: {type: RuntimeDefault}}
{{- end -}}
{{- define "cs.containerSecurity" -}}
{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}
{{- end -}}

{{- define "cs.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* cs.small: resources of the short-lived containers */}}
{{- define "cs.small" -}}{requests: {cpu: 20m, memory: 32Mi}, limits: {memory: 256Mi}}{{- end -}}
