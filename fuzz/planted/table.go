package main

import "github.com/mlsconform/mlsconform/impl/rule"

// A planting is a bug and who has to find it.
type planting struct {
	bug rule.Bug
	// wrong is what the program does.
	wrong string
	// requirement of the catalogue that it breaks.
	requirement rule.ID
	// target is the package and name of the fuzz target.
	target string
}

// plantings are all bugs, from the codec up to the group.
var plantings = []planting{
	{rule.UncheckedLength, "the length of a vector is compared with what is left in its lower 24 bits only",
		"rfc9420-2.1.2-05", "impl/leaf.FuzzExternalPub"},
	{rule.Varint, "a length of 63 may have a header of two bytes",
		"rfc9420-2.1.2-02", "fuzz.FuzzStructure"},
	{rule.WrongPadding, "only the last byte of the padding has to be zero",
		"rfc9420-6.3.1-02", "impl/framing.FuzzPrivateMessageContent"},
	{rule.MissingSortCheck, "unmerged_leaves may have any order",
		"rfc9420-7.1-01", "impl/group.FuzzForgeWelcome"},
	{rule.Duplicate, "two extensions of one type are accepted unless they are neighbours",
		"rfc9420-13.4-05", "impl/group.FuzzForgeWelcome"},
	{rule.SkippedSignature, "the signature of a GroupInfo in a Welcome is not verified: it was encrypted, after all",
		"rfc9420-12.4.3-04", "impl/group.FuzzForgeWelcome"},
	{rule.StaleTreeHash, "a change leaves the cached hashes of subtrees with 64 leaves and more as they are",
		"rfc9420-12.4.3.3-07", "impl/tree.FuzzOperations"},
	{rule.ReusedGeneration, "the key of a generation that was skipped is kept when it has been used",
		"rfc9420-9.2-01", "impl/schedule.FuzzReceiver"},
	{rule.UnboundedSkip, "generations can be skipped without limit while keys of skipped ones are kept",
		"rfc9420-15.3-02", "impl/schedule.FuzzReceiver"},
	{rule.LostRollback, "GroupContextExtensions are written over the present ones, also by a Commit that is refused later",
		"rfc9420-12.4.2-06", "impl/group.FuzzForge"},
}
