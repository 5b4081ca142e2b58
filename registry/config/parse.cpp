#include "registry/config/parse.h"

#include <longtail/config/compose.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <limits>
#include <map>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "registry/config/limits.h"
#include "registry/config/scalar.h"
#include "registry/config/yaml_source.h"
#include "registry/files/foreign_format.h"
#include "registry/files/input_file.h"

namespace longtail {
namespace {

constexpr int most_open_brackets = 500'000;

/// Ends parsing after a finding that makes the rest of the file meaningless.
struct Stop {};

/// Builds positioned nodes from the events of yaml-cpp. Its own nodes are not used: they accept duplicate keys, read
/// 010 as 8 and forget what was quoted.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlSource& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

  Node take_root() { return std::move(root_); }

  /// The innermost open list or map in brackets, for syntax errors.
  void describe_open(SyntaxError& error) const {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
      if (!frame->flow) continue;
      error.open_line = frame->start.line;
      error.open_column = frame->start.column;
      error.open_is_list = frame->node.is_list();
      return;
    }
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    bool marker = source_.rest(mark).substr(0, 3) == "---";
    diagnostics_.error(source_.mark(mark), marker ? "a second document: a file holds one, so remove the '---'"
                                                  : "this does not belong to what stands above: check its indentation");
    throw Stop();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    count(mark);
    if (expects_key()) {
      std::string_view text = source_.rest(mark).substr(0, 4);
      bool written = text == "null" || text == "Null" || text == "NULL";
      if (written) return take_key(mark, std::string(text), true);
      diagnostics_.error(source_.mark(mark), "a key is missing before ':'");
      frames_.back().has_key = frames_.back().drop = true;
      return;
    }
    add(Node::null(null_mark(mark)), {}, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    count(mark);
    if (expects_key()) return refuse_key(mark);
    auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      diagnostics_.error(source_.mark(mark), "this alias stands inside the value that it names");
      return add(Node::null(source_.mark(mark)), {}, YAML::NullAnchor);
    }
    const Size size = found->second.second;
    alias_values_ += size.values;
    alias_text_ += size.text;
    if (alias_values_ > max_copied || alias_text_ > max_copied_text) {
      const bool values = alias_values_ > max_copied;
      refuse(mark, "the aliases of this file grow to more than " +
                       std::to_string(values ? max_copied : max_copied_text) + (values ? " values" : " bytes") +
                       ": write them out, or use extends");
    }
    check_depth(mark, static_cast<int>(frames_.size()) + size.height);
    Node copy = found->second.first;
    copy.set_mark(source_.mark(mark));
    add(std::move(copy), size, YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    count(mark);
    if (tag == "!" && !source_.closes_quote(mark)) {
      diagnostics_.error(source_.mark(mark), "this quote is never closed");
      throw Stop();
    }
    if (expects_key()) return take_key(mark, value, tag == "?");
    const std::string core = "tag:yaml.org,2002:";
    bool known = tag.empty() || tag == "?" || tag == "!" || tag == core + "str" || tag == core + "int" ||
                 tag == core + "float" || tag == core + "bool" || tag == core + "null";
    if (!known) refuse_tag(mark, tag);
    bool plain = tag != "!" && tag != core + "str";
    add(Node::scalar(value, plain, source_.mark(mark)), {1, value.size(), 0}, anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    if (tag.size() > 1 && tag != "tag:yaml.org,2002:seq") refuse_tag(mark, tag);
    open(Node::list({}, source_.mark(mark)), mark, anchor, style == YAML::EmitterStyle::Flow);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    if (tag.size() > 1 && tag != "tag:yaml.org,2002:map") refuse_tag(mark, tag);
    open(Node::map(source_.mark(mark)), mark, anchor, style == YAML::EmitterStyle::Flow);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Size {
    std::size_t values = 1;
    std::size_t text = 0;  // bytes of scalars and keys
    int height = 0;
  };
  struct Frame {
    Node node;
    YAML::Mark start;
    YAML::anchor_t anchor = YAML::NullAnchor;
    bool flow = false;
    bool is_key = false;  // a list or map in the place of a key: read and dropped
    bool has_key = false;
    bool drop = false;  // the value of a key that was refused
    std::string key;
    bool key_plain = true;
    Mark key_mark;
    Size size;
    std::unordered_map<std::string, Mark> keys;
  };

  bool expects_key() const { return !frames_.empty() && frames_.back().node.is_map() && !frames_.back().has_key; }

  void take_key(const YAML::Mark& mark, std::string key, bool plain) {
    Frame& frame = frames_.back();
    if (key.size() > max_key) refuse(mark, "a key of more than " + std::to_string(max_key) + " bytes");
    if (frame.keys.size() >= max_keys) {
      refuse(mark, "more than " + std::to_string(max_keys) + " keys in one map: too big for a configuration");
    }
    frame.has_key = true;
    frame.key_mark = source_.mark(mark);
    if (key == "<<" && plain) {
      diagnostics_.error(frame.key_mark, "merge keys '<<' are not supported: use 'extends' at the top of the file");
      frame.drop = true;
      return;
    }
    auto [first, inserted] = frame.keys.emplace(key, frame.key_mark);
    if (!inserted) {
      diagnostics_.error(frame.key_mark, "key '" + key + "' is given twice, first in line " +
                                             std::to_string(first->second.line) + ", column " +
                                             std::to_string(first->second.column) + ": remove one of them");
    }
    frame.drop = !inserted;
    frame.key = std::move(key);
    frame.key_plain = plain;
  }

  void refuse_key(const YAML::Mark& mark) {
    diagnostics_.error(source_.mark(mark), "a key must be text");
    frames_.back().has_key = frames_.back().drop = true;
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    diagnostics_.error(source_.mark(mark),
                       "tag '" + tag + "' has no meaning here: remove it, or put text that begins with '!' in quotes");
  }

  [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& message) {
    diagnostics_.error(source_.mark(mark), message);
    throw Stop();
  }

  void check_depth(const YAML::Mark& mark, int depth) {
    if (depth > max_depth) refuse(mark, "nested deeper than " + std::to_string(max_depth) + " levels");
  }

  /// Of every value and every key as it is met.
  void count(const YAML::Mark& mark) {
    if (++values_ <= max_values) return;
    refuse(mark, "more than " + std::to_string(max_values) + " values and keys: too big for a configuration");
  }

  /// Anchors in anchors keep copies of copies.
  void keep_anchor(const Node& node, Size size, YAML::anchor_t anchor) {
    if (anchor == YAML::NullAnchor) return;
    anchored_values_ += size.values;
    anchored_text_ += size.text;
    if (anchored_values_ > max_values || anchored_text_ > max_file) {
      diagnostics_.error(node.mark(), "the anchors of this file name more than " + std::to_string(max_values) +
                                          " values or " + std::to_string(max_file >> 20) + " MiB of text");
      throw Stop();
    }
    anchors_[anchor] = {node, size};
  }

  void open(Node node, const YAML::Mark& mark, YAML::anchor_t anchor, bool flow) {
    count(mark);
    check_depth(mark, static_cast<int>(frames_.size()) + 1);
    bool is_key = expects_key();
    // The finding waits for the end: after an unclosed '[' yaml-cpp sees such keys where there are none.
    if (is_key) frames_.back().has_key = frames_.back().drop = true;
    Frame frame;
    frame.node = std::move(node);
    frame.start = mark;
    frame.anchor = anchor;
    frame.flow = flow;
    frame.is_key = is_key;
    frame.size.height = 1;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (!frame.is_key) return add(std::move(frame.node), frame.size, frame.anchor);
    diagnostics_.error(frame.node.mark(), "a key must be text");
  }

  void add(Node node, Size size, YAML::anchor_t anchor) {
    keep_anchor(node, size, anchor);
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    frame.size.values += size.values;
    frame.size.text += size.text + frame.key.size();
    frame.size.height = std::max(frame.size.height, size.height + 1);
    if (frame.node.is_list()) {
      frame.node.items().push_back(std::move(node));
      return;
    }
    frame.has_key = false;
    if (frame.drop) {
      frame.drop = false;
      return;
    }
    std::size_t colon = frame.key.find(':');
    if (frame.flow && frame.key_plain && node.is_null() && colon != std::string::npos) {
      diagnostics_.error(frame.key_mark, "a space is missing after ':' in '" + frame.key + "'");
    }
    frame.node.entries().push_back({std::move(frame.key), frame.key_mark, std::move(node)});
    frame.key.clear();
  }

  // yaml-cpp puts a value that is missing where the next token stands; the key is the place to look at.
  Mark null_mark(const YAML::Mark& mark) const {
    Mark here = source_.mark(mark);
    if (frames_.empty()) return here;
    const Frame& frame = frames_.back();
    std::string_view rest = source_.rest(mark);
    bool written = !rest.empty() && (rest[0] == '~' || rest[0] == 'n' || rest[0] == 'N');
    if (frame.node.is_list()) return written || frame.flow ? here : last_mark(frame);
    bool own =
        here.line == frame.key_mark.line || (here.line > frame.key_mark.line && here.column > frame.key_mark.column);
    return written && own ? here : frame.key_mark;
  }
  static Mark last_mark(const Frame& frame) {
    return frame.node.items().empty() ? frame.node.mark() : frame.node.items().back().mark();
  }

  const YamlSource& source_;
  Diagnostics& diagnostics_;
  Node root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, std::pair<Node, Size>> anchors_;
  std::size_t values_ = 0;
  std::size_t alias_values_ = 0;
  std::size_t alias_text_ = 0;
  std::size_t anchored_values_ = 0;
  std::size_t anchored_text_ = 0;
  int documents_ = 0;
};

/// What a file is in place of text in UTF-8, at the file's beginning where it is known.
void tell_no_text(std::string_view text, const YamlSource& source, int line, int column, Diagnostics& diagnostics) {
  const std::string foreign = foreign_format(text);
  if (!foreign.empty()) return diagnostics.error(source.mark(0, 0), foreign);
  diagnostics.error(source.mark(line, column), "not a text file in UTF-8: is this the right file?");
}

// False after a finding: yaml-cpp would read on after bytes that are no text.
bool check_text(std::string_view text, const YamlSource& source, Diagnostics& diagnostics) {
  int line = 0;
  std::size_t line_start = 0;
  for (std::size_t at = 0; at < text.size();) {
    int length = utf8_length(text, at);
    if (length == 0 || text[at] == '\0') {
      tell_no_text(text, source, line, static_cast<int>(at - line_start), diagnostics);
      return false;
    }
    if (text[at] == '\n') {
      ++line;
      line_start = at + 1;
    }
    at += static_cast<std::size_t>(length);
  }
  return true;
}

// yaml-cpp reads a line to its end before it tells of the first bracket in it, and keeps a quarter of a kB for each.
// Those in quotes and comments count here, too: nobody writes so many.
bool check_brackets(std::string_view text, const YamlSource& source, Diagnostics& diagnostics) {
  int open = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '[' || text[at] == '{') ++open;
    if ((text[at] == ']' || text[at] == '}') && open > 0) --open;
    if (open <= most_open_brackets) continue;
    diagnostics.error(source.mark(0, 0), "nested deeper than " + std::to_string(max_depth) + " levels");
    return false;
  }
  return true;
}

std::string too_big(std::uintmax_t bytes) {
  return "too big for a configuration (" + std::to_string(bytes) + " bytes, more than " + std::to_string(max_file) +
         "): is this the right file?";
}

/// To its end, whatever size it claims: files of /proc claim none. Of what is too big only a part.
std::string read_all(InputFile& input) {
  const std::size_t piece = static_cast<std::size_t>(input.size()) + 4096;
  std::string text;
  for (std::size_t size = 0; text.size() == size && size <= max_file; size += piece) {
    text.resize(size + piece);
    text.resize(size + input.read(&text[size], piece));
  }
  return text;
}

}  // namespace

bool parse_document(std::string_view text, const std::string& file, Diagnostics& diagnostics, Node& out) {
  out = Node();
  if (text.size() > max_file) {
    diagnostics.error({std::make_shared<const std::string>(file), 0, 0}, too_big(text.size()));
    return false;
  }
  text = without_byte_order_mark(text);
  YamlSource source(text, file);
  if (!check_text(text, source, diagnostics) || !check_brackets(text, source, diagnostics)) return false;
  out.set_mark(source.mark(0, 0));

  TreeBuilder builder(source, diagnostics);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return false;
  } catch (const YAML::Exception& exception) {
    SyntaxError error{exception.mark.line, exception.mark.column, exception.msg};
    builder.describe_open(error);
    SyntaxHelp help = explain_syntax_error(error, source.lines());
    diagnostics.error(source.mark(help.line, help.column), help.message);
    return false;
  }
  Node root = builder.take_root();
  if (!root.is_null() || root.mark().line > 0) out = std::move(root);
  return true;
}

Node parse_yaml(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  Node node;
  parse_document(text, file, diagnostics, node);
  return node;
}

Node parse_yaml_file(const std::filesystem::path& file, Diagnostics& diagnostics) {
  Node node;
  read_document(file, file.string(), diagnostics, node);
  return node;
}

bool read_document(const std::filesystem::path& file, const std::string& shown, Diagnostics& diagnostics, Node& out) {
  Mark mark{std::make_shared<const std::string>(shown), 0, 0};
  out = Node::null(mark);
  InputFile input(file);
  if (!input.is_open()) {
    diagnostics.error(mark, input.is_missing()   ? "no such file"
                            : input.is_foreign() ? input.reason() + ": " + input.advice()
                                                 : "cannot be opened: may this user read it?");
    return false;
  }
  if (input.size() > max_file) {
    diagnostics.error(mark, too_big(input.size()));
    return false;
  }
  const std::string text = read_all(input);
  if (!input.reason().empty()) {
    diagnostics.error(mark, "cannot be read: " + input.reason() + "; " + input.advice());
    return false;
  }
  return parse_document(text, shown, diagnostics, out);
}

}  // namespace longtail
