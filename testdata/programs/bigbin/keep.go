package main

import (
	"archive/tar"
	"archive/zip"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"compress/lzw"
	"compress/zlib"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"debug/dwarf"
	"debug/elf"
	"debug/gosym"
	"debug/macho"
	"debug/pe"
	"encoding/asn1"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"expvar"
	"go/ast"
	"go/build"
	"go/constant"
	"go/doc"
	"go/format"
	"go/importer"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	htmltemplate "html/template"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"index/suffixarray"
	"log/syslog"
	"math/big"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/http/cgi"
	"net/http/fcgi"
	"net/http/httputil"
	"net/http/pprof"
	"net/mail"
	"net/rpc"
	"net/rpc/jsonrpc"
	"net/smtp"
	"net/textproto"
	"regexp"
	"runtime/trace"
	"text/scanner"
	"text/tabwriter"
	"text/template"
)

// keep holds values of many packages as interfaces; reflectively used (see
// init), so that the linker keeps their exported methods too.
var keep = []interface{}{
	&tar.Reader{}, &tar.Writer{}, &zip.Writer{}, zip.OpenReader, bzip2.NewReader,
	&flate.Writer{}, &gzip.Reader{}, &gzip.Writer{}, lzw.NewReader, zlib.NewWriter,
	aes.NewCipher, cipher.NewGCM, &ecdsa.PrivateKey{}, ed25519.PrivateKey{}, &rsa.PrivateKey{},
	sha512.New, &tls.Config{}, tls.Dial, tls.Listen, &x509.Certificate{}, x509.CreateCertificate,
	&sql.DB{}, &sql.Rows{}, sql.Open, &dwarf.Data{}, dwarf.New, &elf.File{}, elf.Open,
	&gosym.Table{}, gosym.NewTable, &macho.File{}, macho.Open, &pe.File{}, pe.Open,
	asn1.Marshal, asn1.Unmarshal, &csv.Reader{}, &csv.Writer{}, &gob.Decoder{}, gob.NewEncoder,
	hex.Dump, &json.Decoder{}, &json.Encoder{}, json.Indent, pem.Decode, &xml.Decoder{}, xml.Marshal,
	expvar.NewMap, &ast.File{}, ast.Inspect, &build.Context{}, build.Import, constant.MakeFromLiteral,
	doc.New, format.Source, importer.ForCompiler, parser.ParseFile, parser.ParseDir, &printer.Config{},
	&token.FileSet{}, &types.Config{}, &types.Checker{}, types.NewPackage,
	&htmltemplate.Template{}, htmltemplate.ParseFiles, image.Decode, &image.RGBA{}, draw.DrawMask,
	gif.DecodeAll, gif.EncodeAll, jpeg.Decode, jpeg.Encode, png.Decode, png.Encode,
	&suffixarray.Index{}, suffixarray.New, syslog.Dial, &big.Int{}, &big.Float{}, &big.Rat{},
	&multipart.Reader{}, &multipart.Writer{}, quotedprintable.NewReader,
	&http.Server{}, &http.Client{}, &http.Transport{}, http.ListenAndServeTLS,
	cgi.Serve, fcgi.Serve, &httputil.ReverseProxy{}, httputil.DumpRequest, pprof.Index,
	mail.ReadMessage, &mail.AddressParser{}, &rpc.Server{}, &rpc.Client{}, jsonrpc.Dial,
	&smtp.Client{}, smtp.SendMail, &textproto.Conn{}, &regexp.Regexp{}, regexp.Compile,
	trace.Start, &scanner.Scanner{}, &tabwriter.Writer{}, &template.Template{}, template.ParseGlob,
}
