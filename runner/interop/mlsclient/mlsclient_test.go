package mlsclient_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// testdata/official.txt lists what the official API defines, by name, number and
// type. Whatever differs here would be misread by another's client or runner.
func TestSameAsOfficialOnTheWire(t *testing.T) {
	official, err := os.ReadFile("testdata/official.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimRight(string(official), "\n"), "\n")
	if diff := cmp.Diff(want, describe(mlsclient.File_mls_client_proto)); diff != "" {
		t.Errorf("descriptor (-want +got):\n%s", diff)
	}
}

func TestServiceName(t *testing.T) {
	if got, want := mlsclient.MLSClient_ServiceDesc.ServiceName, "mls_client.MLSClient"; got != want {
		t.Errorf("service is %s, want %s", got, want)
	}
}

func describe(file protoreflect.FileDescriptor) []string {
	lines := []string{"package " + string(file.Package())}
	for i := range file.Services().Len() {
		methods := file.Services().Get(i).Methods()
		for j := range methods.Len() {
			m := methods.Get(j)
			line := fmt.Sprintf("rpc %s %s %s", m.Name(), m.Input().Name(), m.Output().Name())
			if m.IsStreamingClient() || m.IsStreamingServer() {
				line += " stream"
			}
			lines = append(lines, line)
		}
	}
	for i := range file.Messages().Len() {
		m := file.Messages().Get(i)
		lines = append(lines, "message "+string(m.Name()))
		for j := range m.Fields().Len() {
			lines = append(lines, "  "+describeField(m.Fields().Get(j)))
		}
	}
	return lines
}

func describeField(f protoreflect.FieldDescriptor) string {
	kind := f.Kind().String()
	if f.Message() != nil {
		kind = string(f.Message().Name())
	}
	if f.ContainingOneof() != nil {
		kind = "oneof " + kind
	}
	if f.IsList() {
		kind = "repeated " + kind
	}
	return fmt.Sprintf("%d %s %s", f.Number(), f.Name(), kind)
}
