// Program check answers, by the code of golang.org/x/mod/sumdb alone, what of a log it accepts.
//
// It reads a list of questions in JSON from standard input, and writes a list of answers.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type record struct {
	Index int64
	Entry []byte
	Proof tlog.RecordProof
}

type tree struct {
	Size  int64
	Root  tlog.Hash
	Proof tlog.TreeProof
}

type question struct {
	Vkeys      []string
	Checkpoint string
	Records    []record
	Trees      []tree
	Skeys      []string // with these, Text is signed
	Text       string
}

type answer struct {
	Error   string   `json:"error"`
	Signers []string `json:"signers"`
	Origin  string   `json:"origin"`
	Size    int64    `json:"size"`
	Records []bool   `json:"records"`
	Trees   []bool   `json:"trees"`
	Signed  string   `json:"signed"`
}

// checkpoint reads the text of a note; tlog.ParseTree knows one origin only, its own.
func checkpoint(text string) (origin string, size int64, root tlog.Hash, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return "", 0, root, fmt.Errorf("not three lines")
	}
	if size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return "", 0, root, err
	}
	root, err = tlog.ParseHash(lines[2])
	return lines[0], size, root, err
}

func (a *answer) verify(q question) error {
	var known []note.Verifier
	for _, vkey := range q.Vkeys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return err
		}
		known = append(known, verifier)
	}
	opened, err := note.Open([]byte(q.Checkpoint), note.VerifierList(known...))
	if err != nil {
		return err
	}
	for _, sig := range opened.Sigs {
		a.Signers = append(a.Signers, fmt.Sprintf("%s+%08x", sig.Name, sig.Hash))
	}
	origin, size, root, err := checkpoint(opened.Text)
	if err != nil {
		return err
	}
	a.Origin, a.Size = origin, size
	for _, r := range q.Records {
		err := tlog.CheckRecord(r.Proof, size, root, r.Index, tlog.RecordHash(r.Entry))
		a.Records = append(a.Records, err == nil)
	}
	for _, t := range q.Trees {
		a.Trees = append(a.Trees, tlog.CheckTree(t.Proof, size, root, t.Size, t.Root) == nil)
	}
	return nil
}

func (a *answer) sign(q question) error {
	var signers []note.Signer
	for _, skey := range q.Skeys {
		signer, err := note.NewSigner(skey)
		if err != nil {
			return err
		}
		signers = append(signers, signer)
	}
	signed, err := note.Sign(&note.Note{Text: q.Text}, signers...)
	a.Signed = string(signed)
	return err
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := make([]answer, len(questions))
	for i, q := range questions {
		work := answers[i].verify
		if len(q.Skeys) > 0 {
			work = answers[i].sign
		}
		if err := work(q); err != nil {
			answers[i].Error = err.Error()
		}
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
