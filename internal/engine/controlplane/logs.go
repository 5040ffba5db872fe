package controlplane

import (
	"io"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc/grpclog"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/textlogger"
)

// redirectLogs leads what the components log through their process-wide
// loggers (klog, grpc) to w. Whatever runs in the process after that follows.
func redirectLogs(w io.Writer) {
	klog.SetLogger(textlogger.NewLogger(textlogger.NewConfig(textlogger.Output(w))))
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, w))
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
