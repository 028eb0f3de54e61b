// Package run carries out the cases of an interop plan: it has MLS stacks do
// the steps of a script over the interop gRPC API, compares what they derive,
// and says what became of each case.
//
// A case that does not pass leaves a folder, where the options ask for one:
//
//	cases/ID/case.json         the verdict, as in the report
//	cases/ID/script.json       the script, as a file of scripts
//	cases/ID/transcript.jsonl  the RPCs, an [Entry] to a line
//	cases/ID/transcript.txt    the same for people
//	cases/ID/NAME.log          what client NAME wrote meanwhile
//	cases/ID/replay.sh         the command that runs the case alone
//
// where ID is a path of several folders. Where a case was run once more on fresh
// clients, what the first run left is in cases/ID/first. The keys in a
// transcript are made for the case, and are of no use to anybody.
package run
