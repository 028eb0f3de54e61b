package script

// ActionNames lists the actions of the format.
func ActionNames() []Action {
	var names []Action
	for _, a := range actions {
		names = append(names, a.name)
	}
	return names
}
