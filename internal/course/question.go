package course

// QuestionType says how a question is asked and graded.
type QuestionType string

// The types of questions; package quiz grades them.
const (
	Single   QuestionType = "single"   // one option is right
	Multi    QuestionType = "multi"    // an exact set of options is right
	Cloze    QuestionType = "cloze"    // blanks in a sentence, written {{right|also right}} in Ask
	Order    QuestionType = "order"    // items to be put into the order in which they are written
	Command  QuestionType = "command"  // a command line, judged by what it means
	Manifest QuestionType = "manifest" // a YAML manifest, judged by an API server, then by checks
	Predict  QuestionType = "predict"  // what will this print
)

// Question is asked in a lesson and again in reviews. LESSON/ID is stable for
// ever; the text may change.
type Question struct {
	ID      string       `yaml:"id" json:"id"`
	Type    QuestionType `yaml:"type" json:"type"`
	Ask     Text         `yaml:"ask" json:"ask"`
	Given   string       `yaml:"given,omitempty" json:"given,omitempty"`     // output, a manifest or code that the question is about; the same in every language
	Options []Option     `yaml:"options,omitempty" json:"options,omitempty"` // single, multi
	Items   []Item       `yaml:"items,omitempty" json:"items,omitempty"`     // order: in the right order
	Answers []string     `yaml:"answers,omitempty" json:"answers,omitempty"` // command, predict: every one is right
	Start   string       `yaml:"start,omitempty" json:"start,omitempty"`     // manifest: what the learner begins with
	Checks  []Check      `yaml:"checks,omitempty" json:"checks,omitempty"`   // manifest: `object` is the dry run's result
	Sample  string       `yaml:"sample,omitempty" json:"sample,omitempty"`   // manifest: one right answer, shown afterwards
	Explain Text         `yaml:"explain" json:"explain"`
	Tags    []string     `yaml:"tags,omitempty" json:"tags,omitempty"`
}

// Option is an answer that can be ticked.
type Option struct {
	ID    string `yaml:"id" json:"id"`
	Right bool   `yaml:"right,omitempty" json:"right,omitempty"`
	Text  Text   `yaml:"text" json:"text"`
	Why   Text   `yaml:"why,omitempty" json:"why,omitzero"` // why it is right or wrong, if Explain does not say it
}

// Item is a line of a question of type order.
type Item struct {
	ID   string `yaml:"id" json:"id"`
	Text Text   `yaml:"text" json:"text"`
}
