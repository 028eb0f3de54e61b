package script

// Parse reads the scripts of a file, in the order in which they stand there.
// The name of the file is for errors and ids. An error is an [*Error].
func Parse(name string, data []byte) ([]*Script, error) {
	panic("soon")
}
