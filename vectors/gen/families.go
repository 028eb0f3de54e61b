package main

// caseFiles lists the files of the families that only this project has.
func caseFiles() []func() (file, error) {
	return []func() (file, error){
		keyPackageFile,
		ciphersuiteFile,
		decodingFile,
	}
}

// families lists the files in the order of the official ones.
func families() []family {
	return []family{
		treeMath(),
		cryptoBasics(),
		secretTree(),
		messageProtection(),
		keySchedule(),
		pskSecret(),
		treeValidation(),
		transcriptHashes(),
		welcome(),
		treeOperations(),
		treeKEM(),
		messages(),
		deserialization(),
		passiveClientWelcome(),
		passiveClientHandlingCommit(),
		passiveClientRandom(),
	}
}
