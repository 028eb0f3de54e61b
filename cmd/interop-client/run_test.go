package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// start runs the command and returns the address that it listens on, and a
// function that ends it and returns its exit status.
func start(t *testing.T, args ...string) (address string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, args, write, t.Output())
		write.Close()
	}()
	stop = func() int {
		cancel()
		return <-status
	}
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: exit status %d", err, stop())
	}
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "interop-client: listening on ")
	if !ok {
		t.Fatalf("output is %q", line)
	}
	return address, stop
}

func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestServe(t *testing.T) {
	address, stop := start(t, "--host", "127.0.0.1", "--port", "0", "-max-states", "1")
	conn := dial(t, address)
	health, err := healthpb.NewHealthClient(conn).Check(t.Context(), new(healthpb.HealthCheckRequest))
	if err != nil || health.Status != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("health: %v %v", health, err)
	}
	rpc := pb.NewMLSClientClient(conn)
	name, err := rpc.Name(t.Context(), new(pb.NameRequest))
	if err != nil || !strings.HasPrefix(name.Name, "mlsconform ") {
		t.Errorf("name: %v %v", name, err)
	}
	for i := range 2 {
		_, err := rpc.CreateGroup(t.Context(), &pb.CreateGroupRequest{CipherSuite: 1})
		if (err == nil) != (i == 0) {
			t.Errorf("group %d: %v", i, err)
		}
	}
	if status := stop(); status != statusGood {
		t.Errorf("exit status %d", status)
	}
}

// The port is spelled in all the ways of existing clients.
func TestPort(t *testing.T) {
	for _, flag := range []string{"-port", "--port", "-p", "--p", "-live", "--live"} {
		address, stop := start(t, flag, "0")
		if host, _, err := net.SplitHostPort(address); err != nil || host != "127.0.0.1" {
			t.Errorf("%s: %q", flag, address)
		}
		if status := stop(); status != statusGood {
			t.Errorf("%s: exit status %d", flag, status)
		}
	}
}

// What is in the file is there for the next process.
func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "states")
	var id uint32
	for i := range 2 {
		address, stop := start(t, "-p", "0", "-store", path)
		rpc := pb.NewMLSClientClient(dial(t, address))
		if i == 0 {
			resp, err := rpc.CreateGroup(t.Context(), &pb.CreateGroupRequest{CipherSuite: 1})
			if err != nil {
				t.Fatal(err)
			}
			id = resp.StateId
		}
		if _, err := rpc.StateAuth(t.Context(), &pb.StateAuthRequest{StateId: id}); err != nil {
			t.Errorf("process %d: %v", i, err)
		}
		if status := stop(); status != statusGood {
			t.Errorf("exit status %d", status)
		}
	}
}

func TestExitStatus(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("no store"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   string
		status int
		text   string
	}{
		{"-version", statusGood, "interop-client "},
		{"-help", statusGood, "-store"},
		{"-nonsense", statusUsage, "nonsense"},
		{"-port x", statusUsage, "invalid value"},
		{"-port 65536", statusUsage, "65536 is no TCP port"},
		{"-max-states 0", statusUsage, "-max-states"},
		{"-store=", statusUsage, "-store"},
		{"50001", statusUsage, `"50001"`},
		{"-port " + port, statusFault, "address already in use"},
		{"-port 0 -store " + file, statusFault, file},
	} {
		var out bytes.Buffer
		if status := run(t.Context(), strings.Fields(c.args), &out, &out); status != c.status || !strings.Contains(out.String(), c.text) {
			t.Errorf("%s: exit status %d, want %d: %s", c.args, status, c.status, out.String())
		}
	}
}
