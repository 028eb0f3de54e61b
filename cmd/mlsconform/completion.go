package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/mlsconform/mlsconform/runner/family"
)

// CompletionCmd prints a completion script.
type CompletionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints the script, which is made from the commands and flags there are.
func (c *CompletionCmd) Run(a *app, command *kong.Context) error {
	var b strings.Builder
	switch c.Shell {
	case "bash":
		bashCompletion(&b, command.Model.Node)
	case "zsh":
		// zsh runs the functions of bash.
		b.WriteString("autoload -U +X bashcompinit && bashcompinit\n")
		bashCompletion(&b, command.Model.Node)
	case "fish":
		fishCompletion(&b, command.Model.Node)
	}
	_, err := io.WriteString(a.stdout, b.String())
	return err
}

// bashCompletion offers the values of the flag before the cursor, or else the
// flags of the command and the words that may follow it. What it does not know
// is left to the completion of file names.
func bashCompletion(b *strings.Builder, root *kong.Node) {
	b.WriteString(`_mlsconform() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word words=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $command/$word in
`)
	nodes := commandNodes(root)
	for _, node := range nodes {
		path := commandPath(node)
		outer := strings.Join(path[:len(path)-1], "-")
		fmt.Fprintf(b, "      %s/%s) command=%s ;;\n", outer, node.Name, strings.Join(path, "-"))
	}
	b.WriteString("    esac\n  done\n  case $command,$prev in\n")
	for _, node := range nodes {
		name := strings.Join(commandPath(node), "-")
		for _, f := range node.Flags {
			if words := values(f.Value); words != nil {
				fmt.Fprintf(b, "    %s,--%s) words=%q ;;\n", name, f.Name, strings.Join(words, " "))
			} else if !f.IsBool() {
				fmt.Fprintf(b, "    %s,--%s) return ;;\n", name, f.Name)
			}
		}
	}
	for _, node := range nodes {
		words := slices.Concat(flags(node), arguments(node), children(node))
		fmt.Fprintf(b, "    %s,*) words=%q ;;\n", strings.Join(commandPath(node), "-"), strings.Join(words, " "))
	}
	fmt.Fprintf(b, "    *) words=%q ;;\n", strings.Join(append(flags(root), children(root)...), " "))
	b.WriteString(`  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _mlsconform mlsconform
`)
}

// commandNodes lists the commands, and those inside of them.
func commandNodes(root *kong.Node) []*kong.Node {
	var nodes []*kong.Node
	for _, node := range root.Children {
		nodes = append(nodes, node)
		nodes = append(nodes, commandNodes(node)...)
	}
	return nodes
}

// commandPath is what one types for a command, after the name of the program.
func commandPath(node *kong.Node) []string {
	if node.Parent == nil {
		return nil
	}
	return append(commandPath(node.Parent), node.Name)
}

func fishCompletion(b *strings.Builder, root *kong.Node) {
	line := func(condition, rest, help string) {
		fmt.Fprintf(b, "complete -c mlsconform -n %s %s -d %s\n", fishQuote(condition), rest, fishQuote(help))
	}
	for _, f := range root.Flags {
		line("__fish_use_subcommand", "-l "+f.Name, f.Help)
	}
	for _, node := range commandNodes(root) {
		line(fishAfter(node.Parent), "-f -a "+node.Name, node.Help)
		in := fishAfter(node)
		for _, f := range node.Flags {
			rest := "-l " + f.Name
			if !f.IsBool() {
				rest += " -r"
			}
			if words := values(f.Value); words != nil {
				rest += " -f -a " + fishQuote(strings.Join(words, " "))
			}
			line(in, rest, f.Help)
		}
		for _, arg := range node.Positional {
			if words := values(arg); words != nil {
				line(in, "-f -a "+fishQuote(strings.Join(words, " ")), arg.Help)
			}
		}
	}
}

// fishAfter is the condition that the words of a command stand on the line.
func fishAfter(node *kong.Node) string {
	var seen []string
	for _, name := range commandPath(node) {
		seen = append(seen, "__fish_seen_subcommand_from "+name)
	}
	if seen == nil {
		return "__fish_use_subcommand"
	}
	return strings.Join(seen, "; and ")
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

func children(node *kong.Node) []string {
	var names []string
	for _, c := range node.Children {
		names = append(names, c.Name)
	}
	return names
}

func flags(node *kong.Node) []string {
	var names []string
	for _, f := range node.Flags {
		names = append(names, "--"+f.Name)
	}
	return names
}

func arguments(node *kong.Node) []string {
	var words []string
	for _, arg := range node.Positional {
		words = append(words, values(arg)...)
	}
	return words
}

// values lists what a flag or argument can be, where that is a short list.
func values(v *kong.Value) []string {
	if v.Enum != "" {
		return v.EnumSlice()
	}
	if v.Name != "family" {
		return nil
	}
	var names []string
	for _, f := range family.All() {
		names = append(names, f.Name)
	}
	return names
}
