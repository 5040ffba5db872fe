// Package apps lists the applications that images hold: servers and tools that
// are more than the small programs of a shell. Each has a package of its own.
package apps

import (
	"kubetutor/internal/engine/image/apps/agnhost"
	"kubetutor/internal/engine/image/apps/echo"
	"kubetutor/internal/engine/image/apps/httpd"
	"kubetutor/internal/engine/image/apps/mysql"
	"kubetutor/internal/engine/image/apps/nginx"
	"kubetutor/internal/engine/image/apps/pause"
	"kubetutor/internal/engine/image/apps/postgres"
	"kubetutor/internal/engine/image/apps/redis"
	"kubetutor/internal/engine/image/apps/stress"
	"kubetutor/internal/engine/kernel"
)

// Maker makes an application of the given version.
type Maker func(version string) kernel.Program

// Makers are all applications, by the name that the catalogue's data use.
func Makers() map[string]Maker {
	return map[string]Maker{
		"agnhost":             agnhost.Program,
		"envsubst":            envsubst,
		"crash":               echo.Crash,
		"demo":                echo.Demo,
		"echo-server":         echo.JSON,
		"echoserver":          echo.Echoserver,
		"gateway-echo":        echo.Gateway,
		"hello-app":           echo.Hello,
		"hpa-example":         echo.HPA,
		"http-echo":           echo.HTTPEcho,
		"httpd":               httpd.Program,
		"kubia":               echo.Kubia,
		"mysql":               mysql.Client,
		"mysql-entrypoint":    mysql.Entrypoint,
		"mysqladmin":          mysql.Admin,
		"mysqld":              mysql.Daemon,
		"nginx":               nginx.Program,
		"nnp":                 agnhost.EffectiveUser,
		"node-agent":          echo.Node,
		"pause":               pause.Program,
		"perl":                perl,
		"pg_isready":          postgres.Ready,
		"postgres-entrypoint": postgres.Entrypoint,
		"psql":                postgres.Client,
		"redis-cli":           redis.Client,
		"redis-server":        redis.Server,
		"serve-hostname":      echo.Hostname,
		"whoami":              echo.Whoami,
		"resource-consumer":   stress.Consumer,
		"stress":              stress.Classic,
		"stress-ng":           stress.NG,
		"vish-stress":         stress.VishProgram,
	}
}
