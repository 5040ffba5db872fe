// Package kernel is a simulated kernel for containers: processes, signals, terminals, a file system with mounts, users and modes,
// limits and accounting. Nothing in it needs rights on the machine, and nothing in it runs a program of the machine: a program is a Go
// function, found by the path of a file in the container's file system, as a real kernel finds an ELF file.
//
// A [Container] is made of an image's [Tree], which stays as it is, a writable layer in memory, and mounts. Directories of the machine are
// reached through [os.Root] only, so no link and no name leads out of a mount. [Container.Start] starts its main process; a [Process] is what
// a program sees of the kernel. A program that is killed sees its context end; its status is known at once, whether it returns or not, and
// whatever it still calls fails.
//
// Errors of files are *fs.PathError with the numbers of package syscall and the container's own path.
package kernel
