package controlplane

import (
	"io"
	_ "unsafe" // for go:linkname

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc/grpclog"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/textlogger"
)

// apiServerStoreLogger is the logger of the API server's etcd clients, which
// upstream opens on standard error before main begins. There is no other way to
// it than the linker's.
//
//go:linkname apiServerStoreLogger k8s.io/apiserver/pkg/storage/storagebackend/factory.etcd3ClientLogger
var apiServerStoreLogger *zap.Logger

// redirectLogs leads what the components log through their process-wide
// loggers (klog, grpc, etcd's client) to w. Whatever runs in the process after that follows.
func redirectLogs(w io.Writer) {
	klog.SetLogger(textlogger.NewLogger(textlogger.NewConfig(textlogger.Output(w))))
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, w))
	apiServerStoreLogger = storeLogger(w).Named("etcd-client")
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
}

// storeLogger is etcd's logger. What etcd calls fatal panics instead of ending
// the process, so that a damaged store can be noticed and replaced.
func storeLogger(w io.Writer) *zap.Logger {
	core := zapcore.NewCore(
		zapcore.NewConsoleEncoder(zap.NewProductionEncoderConfig()),
		zapcore.Lock(zapcore.AddSync(w)), zapcore.WarnLevel)
	return zap.New(core, zap.WithFatalHook(zapcore.WriteThenPanic))
}
