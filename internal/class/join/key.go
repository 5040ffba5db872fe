package join

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// keyFile holds the key pair of this program, made once, in OpenSSH's format. With
// it a learner comes back without a resume code.
const keyFile = "key"

// signer is the key pair in a directory, made if there is none.
func signer(dir string) (ssh.Signer, error) {
	file := filepath.Join(dir, keyFile)
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = makeKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("reading this program's key: %w", err)
	}
	key, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("reading this program's key in %s (take the file away to have another made): %w", file, err)
	}
	return key, nil
}

// makeKey writes a new key pair, whole or not at all. Of two programs that do so at
// once both get the same one.
func makeKey(file string) ([]byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "") // a comment would say whose it is
	if err != nil {
		return nil, err
	}
	part, err := writePart(file, pem.EncodeToMemory(block))
	if err != nil {
		return nil, err
	}
	defer os.Remove(part)
	if err := os.Link(part, file); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(part, file); err != nil { // a file system without links
			return nil, err
		}
	}
	return os.ReadFile(file)
}

// writePart writes a file of mode 0600 beside another, which it is to become, and
// waits until it is on disk.
func writePart(file string, data []byte) (part string, err error) {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".part-")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		os.Remove(f.Name())
	}
	return f.Name(), err
}

// replace writes a file of mode 0600 in one step.
func replace(file string, data []byte) error {
	part, err := writePart(file, data)
	if err != nil {
		return err
	}
	if err := os.Rename(part, file); err != nil {
		os.Remove(part)
		return err
	}
	return nil
}
