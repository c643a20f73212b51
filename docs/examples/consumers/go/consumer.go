// Reads the events of a subscription: go run . <subscription.json> <count>
// subscription.json is the answer to POST /api/v1/event-subscriptions. The package pb is made from /api/proto.tar.gz:
//
//	go mod init consumer
//	protoc -I proto --go_out=. --go_opt=module=consumer --go_opt=Mchatsphere/v1/events.proto=consumer/pb ... proto/chatsphere/v1/*.proto
package main

import (
	"context"
	"encoding/json"
	"errors"
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
	left, number := strconv.Atoi(os.Args[2])
	must(errors.Join(err, number, json.Unmarshal(text, &s)))
	nc, err := nats.Connect(s.Nats_url, nats.UserCredentialBytes([]byte(s.Credentials)), nats.CustomInboxPrefix(s.Inbox_prefix))
	must(err)
	js, err := jetstream.NewWithAPIPrefix(nc, s.Api_prefix)
	must(err)
	consumer, err := js.Consumer(context.Background(), s.Stream, s.Consumer)
	must(err)
	for left > 0 {
		batch, err := consumer.Fetch(1, jetstream.FetchMaxWait(5*time.Second))
		must(err)
		for m := range batch.Messages() {
			name := protoreflect.FullName(strings.TrimPrefix(m.Headers().Get("ce-dataschema"), "urn:protobuf:"))
			kind, err := protoregistry.GlobalTypes.FindMessageByName(name)
			must(err)
			body := kind.New().Interface()
			must(proto.Unmarshal(m.Data(), body))
			fmt.Println(m.Headers().Get("ce-type"), m.Headers().Get("ce-subject"), protojson.MarshalOptions{UseProtoNames: true}.Format(body))
			must(m.DoubleAck(context.Background()))
			left--
		}
	}
}
