// Reads the events of a subscription: go run . <subscription.json> [count]
// subscription.json is the answer to POST /api/v1/event-subscriptions. The package pb is made from /api/proto.tar.gz:
//
//	go mod init consumer
//	protoc -I proto --go_out=. --go_opt=module=consumer --go_opt=Mchatsphere/v1/events.proto=consumer/pb ... proto/chatsphere/v1/*.proto
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	_ "consumer/pb" // registers the messages

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	var s struct{ Nats_url, Credentials, Stream, Consumer, Inbox_prefix, Api_prefix string }
	text, err := os.ReadFile(os.Args[1])
	must(err)
	must(json.Unmarshal(text, &s))
	left := -1
	if len(os.Args) > 2 {
		left, _ = strconv.Atoi(os.Args[2])
	}
	nc, err := nats.Connect(s.Nats_url, nats.UserCredentialBytes([]byte(s.Credentials)), nats.CustomInboxPrefix(s.Inbox_prefix))
	must(err)
	js, err := jetstream.NewWithAPIPrefix(nc, s.Api_prefix)
	must(err)
	ctx := context.Background()
	consumer, err := js.Consumer(ctx, s.Stream, s.Consumer)
	must(err)
	for left != 0 {
		batch, err := consumer.Fetch(1, jetstream.FetchMaxWait(5*time.Second))
		must(err)
		for m := range batch.Messages() {
			name := strings.TrimPrefix(m.Headers().Get("ce-dataschema"), "urn:protobuf:")
			kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
			must(err)
			body := kind.New().Interface()
			must(proto.Unmarshal(m.Data(), body))
			fmt.Println(m.Headers().Get("ce-type"), m.Headers().Get("ce-subject"), protojson.MarshalOptions{UseProtoNames: true}.Format(body))
			must(m.DoubleAck(ctx))
			left--
		}
	}
}
