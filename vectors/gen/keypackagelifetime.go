package main

// lifetime is given by its bounds, in Unix seconds.
func lifetime(notBefore, notAfter uint64) change {
	return func(s *sketch) { s.leaf.notBefore, s.leaf.notAfter = notBefore, notAfter }
}

const largest = 1<<64 - 1

// lifetimes are about the present being between the bounds (Sections 7.2 and
// 7.3).
func (p *packages) lifetimes() {
	shown := ids{"rfc9420-7.3-05"}
	p.accept("7.3-05-since-a-second", "The lifetime began a second ago.", shown, lifetime(present-1, present+day))
	p.accept("7.3-05-for-a-second", "The lifetime ends in a second.", shown, lifetime(present-day, present+1))
	p.accept("7.3-05-two-seconds", "The lifetime began a second ago and ends in another one.", shown, lifetime(present-1, present+1))
	in := ids{"rfc9420-7.3-06"}
	p.accept("7.3-06-since-a-second", "In an Add proposal, the lifetime began a second ago.", in, inAdd, lifetime(present-1, present+day))
	p.accept("7.3-06-for-a-second", "In an Add proposal, the lifetime ends in a second.", in, inAdd, lifetime(present-day, present+1))
	// Nothing but the names of the bounds tells whether they belong to the range.
	p.either("7.3-05-from-now", "The lifetime begins this very second, and no text says whether the bound is part of it.", shown, lifetime(present, present+day))
	p.either("7.3-05-until-now", "The lifetime ends this very second, and no text says whether the bound is part of it.", shown, lifetime(present-day, present))
	p.either("7.3-05-this-second", "The lifetime is this very second, and no text says whether its bounds are part of it.", shown, lifetime(present, present))

	over := ids{"rfc9420-7.3-05", "rfc9420-10.1-03"}
	p.reject("7.3-05-over", "The lifetime ended a second ago, and the client is about to add the KeyPackage itself.", over, lifetime(present-day, present-1))
	p.reject("7.3-05-long-over", "The lifetime is that of the year 1970.", over, bare, lifetime(0, 365*day))
	p.reject("7.3-05-not-yet", "The lifetime begins in a second, and the client is about to add the KeyPackage itself.", over, lifetime(present+1, present+day))
	p.reject("7.3-05-in-milliseconds", "The lifetime was written in milliseconds, so that it begins in the far future.", over, bare, lifetime(1000*(present-hour), 1000*(present+day)))
	p.reject("7.3-05-never", "Both bounds of the lifetime are 2^64-1, which is no way to say that there is no bound.", over, lifetime(largest, largest))
	p.reject("7.3-05-zero", "Both bounds of the lifetime are 0, which is no way to say that there is no bound.", over, lifetime(0, 0))
	swapped := ids{"rfc9420-7.2-13", "rfc9420-7.3-05", "rfc9420-10.1-03"}
	p.reject("7.2-13-swapped", "The bounds of the lifetime are exchanged, so that it is never in force.", swapped, lifetime(present+day, present-day))
	p.reject("7.2-13-swapped-by-a-second", "The lifetime ends in a second and begins in two.", swapped, bare, lifetime(present+2, present+1))

	// A client that has no limit takes these, and Section 7.2 wants it to have one.
	span := ids{"rfc9420-7.2-07"}
	p.either("7.2-07-all-time", "The lifetime is all of the time that can be written, from 0 to 2^64-1, which is for the application's own limit to refuse.", span, lifetime(0, largest))
	p.either("7.2-07-beyond-2038", "The lifetime ends when seconds do not fit into 32 bits, which is for the application's own limit to refuse.", span, bare, lifetime(present-hour, 1<<32))
	p.either("7.2-07-beyond-signed", "The lifetime ends at 2^63, which is negative for those who read it as signed, and for the application's own limit to refuse.", span, lifetime(1, 1<<63))

	late := ids{"rfc9420-7.3-06"}
	p.either("7.3-06-over", "In an Add proposal, the lifetime ended a second ago, and the check is only recommended on receipt.", late, inAdd, lifetime(present-day, present-1))
	p.either("7.3-06-not-yet", "In an Add proposal, the lifetime begins in a second, and the check is only recommended on receipt.", late, inAdd, lifetime(present+1, present+day))
	p.either("7.2-13-swapped-in-add", "In an Add proposal, the bounds of the lifetime are exchanged, which only the recommended check finds.",
		ids{"rfc9420-7.2-13", "rfc9420-7.3-06"}, inAdd, lifetime(present+day, present-day))
}

// longestLifetimes are about the longest lifetime that a client takes (Section
// 7.2).
func (p *packages) longestLifetimes() {
	longest := func(seconds uint64) change {
		return func(s *sketch) { s.input.MaxLifetime = &seconds }
	}
	shown := ids{"rfc9420-7.2-07"}
	p.accept("7.2-07-longest", "The lifetime is exactly as long as the longest that is taken.", shown, longest(day), lifetime(present-hour, present-hour+day))
	p.accept("7.2-07-shorter", "The lifetime is a second shorter than the longest that is taken.", shown, inAdd, longest(day), lifetime(present-hour, present-hour+day-1))
	p.accept("7.2-07-two-seconds", "The lifetime is two seconds, and so is the longest that is taken.", shown, longest(2), lifetime(present-1, present+1))
	long := ids{"rfc9420-7.2-07", "rfc9420-10.1-03"}
	p.reject("7.2-07-one-more", "The lifetime is a second longer than the longest that is taken.", long, longest(day), lifetime(present-hour, present-hour+day+1))
	p.reject("7.2-07-century", "The lifetime is a hundred years, and the longest that is taken is a year.", long, inAdd, longest(365*day), lifetime(present-hour, present+36525*day))
	p.reject("7.2-07-from-zero", "The lifetime began with 1970, and its end is soon: what counts is the span, not what is left of it.", long, inAdd, longest(365*day), lifetime(0, present+day))
	p.reject("7.2-07-forever", "The lifetime goes on to 2^64-1, and the longest that is taken is a year.", long, longest(365*day), lifetime(present-hour, largest))
}
