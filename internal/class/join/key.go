package join

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
)

// keyFile holds the key pair of this program, made once, in OpenSSH's format. With
// it a learner comes back without a resume code.
const keyFile = "key"

// keyFor is the file of the key pair that somebody is to come with. A class knows
// people by their keys, so on a machine that several share each needs one: who gives
// a name gets the key that the name has joined with, or else one that no other has.
func keyFor(dir, name string) (string, error) {
	if name == "" {
		return keyFile, nil
	}
	states, err := allStates(dir)
	if err != nil {
		return "", fmt.Errorf("choosing a key: %w", err)
	}
	file := keyFile
	for _, st := range states {
		if class.NameKey(st.Me) == class.NameKey(name) {
			return st.Key, nil
		}
		if st.Key == keyFile {
			file = keyFile + "-" + short(class.NameKey(name))
		}
	}
	return file, nil
}

// short names something by a hash.
func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// signer is the key pair in a file, made if there is none.
func signer(file string) (ssh.Signer, error) {
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
