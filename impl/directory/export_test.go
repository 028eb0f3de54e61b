package directory

import "go.etcd.io/bbolt"

// DB lets tests look into the file, and damage it.
func (b *Bolt) DB() *bbolt.DB { return b.db }
