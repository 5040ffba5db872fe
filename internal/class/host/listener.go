package host

import "net"

type listener struct{ net.Listener }
