package topology

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/anabranch-go/anabranch/topology/document"
)

func (r *reader) kafka(n *document.Node) Kafka {
	if n == nil {
		return Kafka{}
	}
	var k Kafka
	o := r.object(n, &kafkaGrammar)
	if brokers := o.get("brokers"); brokers != nil && brokers.Kind == document.Scalar {
		r.wrong(brokers, "A0202", "`brokers` is a list, got "+describe(brokers), `write ["localhost:9092"]`)
	} else if brokers != nil {
		for _, b := range r.texts(brokers, "brokers") {
			k.Brokers = append(k.Brokers, r.brokers(b)...)
		}
	}
	if tls := o.get("tls"); tls != nil {
		k.TLS = r.tls(tls)
	}
	if sasl := o.get("sasl"); sasl != nil {
		k.SASL = r.sasl(sasl)
	}
	return k
}

// shellVariable is a variable without braces, which no address has.
var shellVariable = regexp.MustCompile(`\$[A-Za-z_]`)

// brokers reads one entry of the list: a host and a port, or several with commas between, as a variable may hold them.
func (r *reader) brokers(b reference) []string {
	if shellVariable.MatchString(b.text) {
		r.wrong(b.node, "A0902", fmt.Sprintf("%q has a variable as a shell writes it", shorten(b.text)), "write ${NAME} or ${NAME:-default}")
		return nil
	}
	var addresses []string
	for address := range strings.SplitSeq(b.text, ",") {
		address = strings.TrimSpace(address)
		host, port, err := net.SplitHostPort(address)
		number, bad := strconv.ParseUint(port, 10, 16)
		if err != nil || host == "" || bad != nil || number == 0 || strings.ContainsAny(host, "/ ") {
			r.wrong(b.node, "A0404", fmt.Sprintf("%q is not the address of a broker", shorten(address)), "write host:port, as localhost:9092")
			continue
		}
		addresses = append(addresses, address)
	}
	return addresses
}

// tls reads certificates; `tls: true` is a connection that trusts the system's.
func (r *reader) tls(n *document.Node) *TLS {
	if n.Kind == document.Scalar {
		if r.boolean(n, "tls", false) {
			return &TLS{}
		}
		return nil
	}
	o := r.object(n, &tlsGrammar)
	t := &TLS{CA: r.path(o.get("ca"), "ca"), Cert: r.path(o.get("cert"), "cert"), Key: r.path(o.get("key"), "key")}
	t.ServerName, _ = r.text(o.get("server_name"), "server_name")
	if (o.get("cert") == nil) != (o.get("key") == nil) && !o.suspect {
		r.wrong(n, "A0210", "a client certificate needs both `cert` and `key`", "name both files or neither")
	}
	return t
}

// path reads the name of a file, relative to the pipeline file.
func (r *reader) path(n *document.Node, what string) string {
	name, ok := r.text(n, what)
	if !ok {
		return ""
	}
	return r.resolve(name)
}

func (r *reader) resolve(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(r.file.Name), name)
}

func (r *reader) sasl(n *document.Node) *SASL {
	o := r.object(n, &saslGrammar)
	s := &SASL{}
	s.Mechanism, _ = r.wordOf(o, "mechanism", "mechanism")
	s.User, _ = r.text(o.get("user"), "user")
	if password := o.get("password"); password != nil {
		s.Password = r.secret(password, "password")
	}
	return s
}

// secret reads a value that must not stand in the file.
func (r *reader) secret(n *document.Node, what string) Secret {
	if n.Kind != document.Map {
		p := n.Problem("A0904", fmt.Sprintf("the %s stands in the file", what), "keep it out: {fromEnv: NAME} or {fromFile: path}")
		p.Width = 1
		r.report(p)
		return Secret{}
	}
	o := r.object(n, &secretGrammar)
	file, env := o.get("fromFile"), o.get("fromEnv")
	if (file == nil) == (env == nil) {
		if !o.suspect {
			r.wrong(n, "A0210", fmt.Sprintf("the %s comes from one place", what), "say {fromEnv: NAME} or {fromFile: path}")
		}
		return Secret{}
	}
	if env != nil {
		return r.secretFromEnv(env, what)
	}
	return r.secretFromFile(file, what)
}

func (r *reader) secretFromEnv(n *document.Node, what string) Secret {
	name, ok := r.text(n, "fromEnv")
	if !ok || !r.options.Secrets {
		return Secret{}
	}
	value, found := r.env(name)
	if !found {
		r.wrong(n, "A0905", fmt.Sprintf("the variable %s, which holds the %s, is not set", name, what), "set it")
	}
	return NewSecret(value)
}

func (r *reader) secretFromFile(n *document.Node, what string) Secret {
	path := r.path(n, "fromFile")
	if path == "" || !r.options.Secrets {
		return Secret{}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		r.wrong(n, "A0905", fmt.Sprintf("the %s cannot be read: %v", what, err), "name a file that this process may read")
	}
	return NewSecret(strings.TrimRight(string(text), "\r\n"))
}
