package driver

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
)

// header begins a file of testdata/fuzz. Each line after it is an argument, as
// a conversion of Go.
const header = "go test fuzz v1"

// parse reads a file of testdata/fuzz.
func parse(file []byte) ([]any, error) {
	lines := bytes.Split(bytes.TrimSpace(file), []byte("\n"))
	if string(bytes.TrimSpace(lines[0])) != header {
		return nil, fmt.Errorf("the file does not begin with %q", header)
	}
	var values []any
	for _, line := range lines[1:] {
		v, err := parseValue(string(line))
		if err != nil {
			return nil, fmt.Errorf("%.40q: %w", line, err)
		}
		values = append(values, v)
	}
	return values, nil
}

func parseValue(line string) (any, error) {
	expr, err := parser.ParseExpr(line)
	if err != nil {
		return nil, err
	}
	call, ok := expr.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil, errors.New("no conversion")
	}
	if array, ok := call.Fun.(*ast.ArrayType); ok {
		if element, ok := array.Elt.(*ast.Ident); !ok || array.Len != nil || element.Name != "byte" {
			return nil, errors.New("no slice of bytes")
		}
		text, err := literal(call.Args[0], token.STRING)
		return []byte(text), err
	}
	typ, ok := call.Fun.(*ast.Ident)
	if !ok {
		return nil, errors.New("a type that is not known")
	}
	switch typ.Name {
	case "string":
		return literal(call.Args[0], token.STRING)
	case "bool":
		return constant(call.Args[0])
	}
	return parseNumber(typ.Name, call.Args[0])
}

// literal returns the value of a literal of a kind.
func literal(expr ast.Expr, kind token.Token) (string, error) {
	lit, ok := expr.(*ast.BasicLit)
	if !ok || lit.Kind != kind {
		return "", fmt.Errorf("no literal of the kind %v", kind)
	}
	return strconv.Unquote(lit.Value)
}

func constant(expr ast.Expr) (bool, error) {
	name, ok := expr.(*ast.Ident)
	if !ok {
		return false, errors.New("no constant")
	}
	return strconv.ParseBool(name.Name)
}

// parseNumber returns a number. Floating point is not known, as no target takes it.
func parseNumber(typ string, expr ast.Expr) (any, error) {
	text, err := numberText(expr)
	if err != nil {
		return nil, err
	}
	switch typ {
	case "int":
		return signed[int](text, strconv.IntSize)
	case "int8":
		return signed[int8](text, 8)
	case "int16":
		return signed[int16](text, 16)
	case "int32", "rune":
		return signed[int32](text, 32)
	case "int64":
		return signed[int64](text, 64)
	case "uint":
		return unsigned[uint](text, strconv.IntSize)
	case "uint8", "byte":
		return unsigned[uint8](text, 8)
	case "uint16":
		return unsigned[uint16](text, 16)
	case "uint32":
		return unsigned[uint32](text, 32)
	case "uint64":
		return unsigned[uint64](text, 64)
	}
	return nil, errors.New("a type that is not known")
}

// numberText returns the digits of a number, which may be written as a character.
func numberText(expr ast.Expr) (string, error) {
	sign := ""
	if unary, ok := expr.(*ast.UnaryExpr); ok && unary.Op == token.SUB {
		sign, expr = "-", unary.X
	}
	lit, ok := expr.(*ast.BasicLit)
	switch {
	case ok && lit.Kind == token.INT:
		return sign + lit.Value, nil
	case ok && lit.Kind == token.CHAR:
		c, _, _, err := strconv.UnquoteChar(lit.Value[1:], '\'')
		return sign + strconv.Itoa(int(c)), err
	}
	return "", errors.New("no number")
}

func signed[T int | int8 | int16 | int32 | int64](text string, size int) (T, error) {
	n, err := strconv.ParseInt(text, 0, size)
	return T(n), err
}

func unsigned[T uint | uint8 | uint16 | uint32 | uint64](text string, size int) (T, error) {
	n, err := strconv.ParseUint(text, 0, size)
	return T(n), err
}
