package keypackage

import (
	"errors"
	"fmt"
	"time"
)

// DeleteExpired deletes the bundles whose lifetime ended before t, and returns
// their references. A KeyPackage of last resort is no exception: once it has
// expired, nobody may add it to a group any more (RFC 9420, Section 7.3), and
// its keys open what was sent to it. A Welcome may come late, though, so that t
// had better be some days before the present time.
//
// A bundle that cannot be read stays where it is and is reported in the error,
// but does not keep the others from being deleted.
func DeleteExpired(s Store, t time.Time) (deleted [][]byte, err error) {
	refs, err := s.BundleRefs()
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, ref := range refs {
		switch gone, err := deleteIfExpired(s, ref, t); {
		case errors.Is(err, ErrNotFound): // it has been used meanwhile
		case err != nil:
			faults = append(faults, err)
		case gone:
			deleted = append(deleted, ref)
		}
	}
	return deleted, errors.Join(faults...)
}

func deleteIfExpired(s Store, ref []byte, t time.Time) (bool, error) {
	b, err := s.Bundle(ref)
	if err != nil {
		return false, fmt.Errorf("deleting expired bundles: %w", err)
	}
	if b.KeyPackage.LeafNode.Lifetime.NotAfter >= unixSeconds(t) {
		return false, nil
	}
	if err := s.DeleteBundle(ref); err != nil {
		return false, fmt.Errorf("deleting expired bundles: %w", err)
	}
	return true, nil
}
