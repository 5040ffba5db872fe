package cli

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestLikelyAddressesComeFirst(t *testing.T) {
	t.Parallel()
	at := func(addr, name string) station { return station{netip.MustParseAddr(addr), name} }
	got := likely([]station{
		at("127.0.0.1", "lo"), at("::1", "lo"), at("172.17.0.1", "docker0"), at("10.8.0.2", "tun0"), at("fe80::1", "wlan0"),
		at("2001:db8::7", "wlan0"), at("fd00::7", "wlan0"), at("203.0.113.9", "eth1"), at("192.168.1.20", "wlan0"), at("10.0.0.5", "eth0"),
		at("169.254.3.4", "eth2"), at("100.64.0.1", "tailscale0"),
	})
	want := "[192.168.1.20 10.0.0.5 203.0.113.9 2001:db8::7 fd00::7 172.17.0.1 10.8.0.2 100.64.0.1]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}
