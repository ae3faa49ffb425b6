// Ask Guichet one question and wait for what becomes of it, knowing nothing but the contract.
//
//	eval "$(guichet env)" && guichet seed && cd examples/go && go run .
//
// Environment: GUICHET_KAFKA (host:port), GUICHET_SOURCE (default urn:guichet:local),
// GUICHET_SOURCE_KEY (hex; with it the record is signed).
// Exit status: 0 answered, 1 refused, 2 wrong usage, 3 Kafka or Guichet does not answer.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	inquiries = "guichet.inquiries"
	outcomes  = "guichet.outcomes"
	// Clocks differ: look for the answer from a little before the question.
	clockSkew = time.Minute
)

// event is a CloudEvent as the value of a record carries it.
type event struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Time        time.Time       `json:"time"`
	CausationID string          `json:"causationid,omitempty"`
	Data        json.RawMessage `json:"data"`
}

type item struct {
	Licence string `json:"licence"`
}

type inquiry struct {
	Organisation string `json:"organisation"`
	Kind         string `json:"kind"`
	Items        []item `json:"items"`
	Reference    string `json:"reference,omitempty"`
}

func main() {
	organisation := flag.String("organisation", "1195000006", "NEQ of the organisation that asks and pays")
	licence := flag.String("licence", "N000005229000", "the licence asked about")
	wait := flag.Duration("wait", 30*time.Second, "how long to wait for the answer")
	flag.Parse()
	brokers := os.Getenv("GUICHET_KAFKA")
	if brokers == "" {
		fmt.Fprintln(os.Stderr, `ask: GUICHET_KAFKA: is not set; run eval "$(guichet env)"`)
		os.Exit(2)
	}

	ctx, cancel := context.WithTimeout(context.Background(), *wait)
	defer cancel()
	answer, err := ask(ctx, brokers, inquiry{*organisation, "LICENCE_VALIDITY", []item{{*licence}}, "go example"})
	if err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(3)
	}
	fmt.Println(answer.Type, string(answer.Data))
	if answer.Type != "guichet.inquiry.answered.v1" {
		os.Exit(1)
	}
}

// ask publishes an inquiry and returns the fact that it caused.
func ask(ctx context.Context, brokers string, question inquiry) (event, error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(brokers),
		kgo.ConsumeTopics(outcomes),
		kgo.ConsumeResetOffset(kgo.NewOffset().AfterMilli(time.Now().Add(-clockSkew).UnixMilli())),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		// franz-go's producer is idempotent and waits for all replicas unless told otherwise.
	)
	if err != nil {
		return event{}, err
	}
	defer client.Close()

	id := newID()
	record, err := write(id, question)
	if err != nil {
		return event{}, err
	}
	if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
		return event{}, fmt.Errorf("%s at %s: %w", inquiries, brokers, err)
	}
	return answerTo(ctx, client, id)
}

// write makes the record: keyed by the event's id, signed when the source has a key.
func write(id string, question inquiry) (*kgo.Record, error) {
	data, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	source := os.Getenv("GUICHET_SOURCE")
	if source == "" {
		source = "urn:guichet:local"
	}
	value, err := json.Marshal(event{
		SpecVersion: "1.0", ID: id, Source: source, Type: "guichet.inquiry.requested.v1",
		Time: time.Now().UTC(), Data: data,
	})
	if err != nil {
		return nil, err
	}
	record := &kgo.Record{Topic: inquiries, Key: []byte(id), Value: value}
	if secret := os.Getenv("GUICHET_SOURCE_KEY"); secret != "" {
		key, err := hex.DecodeString(secret)
		if err != nil {
			return nil, fmt.Errorf("GUICHET_SOURCE_KEY: is not hex")
		}
		mac := hmac.New(sha256.New, key)
		mac.Write(value)
		signature := hex.EncodeToString(mac.Sum(nil))
		record.Headers = []kgo.RecordHeader{{Key: "guichet-signature", Value: []byte(signature)}}
	}
	return record, nil
}

// answerTo reads outcomes until one is caused by the event of this id.
func answerTo(ctx context.Context, client *kgo.Client, id string) (event, error) {
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return event{}, fmt.Errorf("no answer to %s in time; see guichet dlq list and guichet status", id)
		}
		if errs := fetches.Errors(); len(errs) > 0 {
			return event{}, fmt.Errorf("%s: %w", errs[0].Topic, errs[0].Err)
		}
		for _, record := range fetches.Records() {
			var fact event
			if json.Unmarshal(record.Value, &fact) == nil && fact.CausationID == id {
				return fact, nil
			}
		}
	}
}

// newID makes a UUIDv7: ids that sort by time cost Guichet's database less.
func newID() string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(time.Now().UnixMilli())<<16)
	if _, err := rand.Read(id[6:]); err != nil {
		panic(err)
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
