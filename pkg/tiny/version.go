package tiny

import "fmt"

// VersionOf is [Version] for the model [Name], and "" for any other model, which is known by
// its name alone.
func VersionOf(model string) (string, error) {
	if model != Name {
		return "", nil
	}
	return Version()
}

// CheckVersion refuses a version of a model's weights that this program does not hold:
// results computed with another version are not those of this one.
func CheckVersion(model, version string) error {
	now, err := VersionOf(model)
	if err != nil {
		return err
	}
	if version != now {
		return fmt.Errorf("is %q, but this module's %s is %q: leave it out, or use the version of the module that the run was made with", version, model, now)
	}
	return nil
}
