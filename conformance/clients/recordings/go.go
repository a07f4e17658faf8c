// What clients written in Go send, by net/http and encoding/json: two ways of writing messages are in use.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
)

// Metric is a structure with plain numbers; those that are zero are left out, as databricks-sdk-go does.
type Metric struct {
	Key       string  `json:"key"`
	RunID     string  `json:"run_id,omitempty"`
	Step      int64   `json:"step,omitempty"`
	Timestamp int64   `json:"timestamp"`
	Value     float64 `json:"value"`
}

// Pair is a parameter or a tag.
type Pair struct {
	Key   string `json:"key,omitempty"`
	RunID string `json:"run_id,omitempty"`
	Value string `json:"value,omitempty"`
}

type object = map[string]any

var host string

func send(method, path string, agent map[string]string, body any) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, host+path, reader)
	if err != nil {
		panic(err)
	}
	for name, value := range agent {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}

func main() {
	// The configured host ends in a slash, and every path begins with one.
	host = os.Args[1] + "/"
	sdk := map[string]string{
		"Accept":        "application/json",
		"Authorization": "Bearer token",
		"Content-Type":  "application/json",
		"User-Agent":    "databricks-sdk-go/0.69.0 go/1.19.8 os/linux auth/pat",
	}
	post := func(path string, body any) { send("POST", "/api/2.0/mlflow/"+path, sdk, body) }
	post("experiments/create", object{"name": "NAME", "tags": []Pair{{Key: "language", Value: "go"}}})
	send("GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=NAME", sdk, nil)
	post("runs/create", object{"experiment_id": "EXPERIMENT_ID", "run_name": "NAME", "start_time": int64(1764561230000)})
	post("runs/log-metric", Metric{"loss", "RUN_ID", 0, 1764561234567, 1e-9})
	post("runs/log-metric", Metric{"loss", "RUN_ID", 1, 1764561234568, 1e+21})
	post("runs/log-metric", Metric{"zero", "RUN_ID", 3, 0, 0})
	post("runs/log-parameter", Pair{"rate", "RUN_ID", "1e-05"})
	post("runs/log-parameter", Pair{"empty", "RUN_ID", ""})
	post("runs/set-tag", Pair{"html", "RUN_ID", "<a & b>"})
	post("runs/log-batch", object{
		"run_id":  "RUN_ID",
		"metrics": []Metric{{"accuracy", "", 0, 1764561234567, 0.5}, {"accuracy", "", 9007199254740993, 1764561234567, 1}},
		"params":  []Pair{{"seed", "", "42"}},
	})
	post("runs/search", object{"experiment_ids": []string{"EXPERIMENT_ID"}, "filter": "metrics.accuracy >= 1"})
	post("runs/update", object{"run_id": "RUN_ID", "status": "FINISHED", "end_time": int64(1764561300000)})

	// The same with messages of protobuf's own JSON: 64-bit numbers are text, names that no check needs may be in camel case.
	plain := map[string]string{"Content-Type": "application/json"}
	proto := func(path string, body any) { send("POST", "/api/2.0/mlflow/"+path, plain, body) }
	proto("runs/log-metric", object{
		"run_id": "RUN_ID", "key": "proto", "value": 2.5, "timestamp": "1764561234567", "step": "9007199254740993",
	})
	proto("runs/log-metric", object{"run_id": "RUN_ID", "key": "proto", "value": "NaN", "timestamp": "1764561234568"})
	proto("runs/log-metric", object{"run_id": "RUN_ID", "key": "worst", "value": "-Infinity", "timestamp": "1764561234567"})
	proto("runs/log-batch", object{
		"run_id":  "RUN_ID",
		"metrics": []object{{"key": "batch", "value": 1.5, "timestamp": "1764561234567", "step": "7"}},
	})
	proto("runs/search", object{"experimentIds": []string{"EXPERIMENT_ID"}, "maxResults": 5, "runViewType": "ALL"})
	send("GET", "/api/2.0/mlflow/metrics/get-history?metric_key=proto&run_id=RUN_ID&max_results=5", plain, nil)
}
