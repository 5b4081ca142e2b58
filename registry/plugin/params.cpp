#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/config/compose.h>
#include <longtail/config/suggest.h>
#include <longtail/params.h>

#include <algorithm>
#include <utility>

#include "registry/config/limits.h"

namespace longtail {

ParamField::~ParamField() = default;
ParamBinder::~ParamBinder() = default;
void ParamBinder::check(bool, std::string_view) {}

namespace {

class Reader final : public ParamBinder {
 public:
  Reader(const Node& node, const ParamPlace& place) : node_(node), place_(place) {}

  void check(bool holds, std::string_view message) override {
    if (holds || !good_) return;  // after other findings the values are not those of the file
    good_ = false;
    place_.diagnostics().error(node_.mark(), fmt::format("{}: {}", place_.owner(), message));
  }

  bool finish() {
    for (const Node::Entry& entry : node_.entries()) {
      if (std::find(names_.begin(), names_.end(), entry.key) != names_.end()) continue;
      good_ = false;
      if (is_full(place_.diagnostics())) break;
      place_.diagnostics().error(entry.key_mark, unknown(entry.key));
    }
    return good_;
  }

 protected:
  void visit(const Declaration& declaration, ParamField& field) override {
    names_.emplace_back(declaration.name);
    const ParamPlace base(place_.owner(), place_.path(), declaration.constraint, place_.catalog(),
                          place_.diagnostics());
    const ParamPlace place = base.key(declaration.name);
    if (const Node* value = node_.find(declaration.name)) {
      good_ &= field.decode(*value, place) && !is_unresolved(*value, place_.diagnostics());
    } else if (declaration.required) {
      good_ = false;
      place.diagnostics().error(node_.mark(), fmt::format("'{}' of {} is missing: {}", place.path(), place.owner(),
                                                          std::string(declaration.doc)));
    } else if (declaration.constraint.kind == Constraint::Kind::component) {
      Node value = field.encode();  // a component chosen by default still needs its own defaults
      value.set_mark(node_.mark());
      if (!value.is_null()) good_ &= field.decode(value, place);
    }
  }

 private:
  std::string unknown(const std::string& key) const {
    if (names_.empty()) return fmt::format("unknown parameter '{}': {} has no parameters", key, place_.owner());
    const std::string hint = did_you_mean(key, names_);
    if (!hint.empty()) {
      return fmt::format("unknown parameter '{}' of {}{}", place_.key(key).path(), place_.owner(), hint);
    }
    return fmt::format("unknown parameter '{}' of {}; there are: {}", place_.key(key).path(), place_.owner(),
                       fmt::join(names_, ", "));
  }

  const Node& node_;
  const ParamPlace& place_;
  std::vector<std::string> names_;
  bool good_ = true;
};

class Dumper final : public ParamBinder {
 public:
  Node take() { return std::move(map_); }

 protected:
  void visit(const Declaration& declaration, ParamField& field) override { map_.set(declaration.name, field.encode()); }

 private:
  Node map_ = Node::map();
};

class Describer final : public ParamBinder {
 public:
  std::vector<ParamInfo> take() { return std::move(rows_); }

 protected:
  void visit(const Declaration& declaration, ParamField& field) override {
    ParamInfo row;
    row.name = std::string(declaration.name);
    row.doc = std::string(declaration.doc);
    row.constraint = declaration.constraint;
    row.required = declaration.required;
    row.type = field.type_name();
    if (row.constraint.kind == Constraint::Kind::component) {
      const std::size_t at = row.type.find("component");
      if (at != std::string::npos) row.type.replace(at, 9, row.constraint.component_kind);
    }
    row.default_value = field.encode();
    Describer nested;
    field.bind_nested(nested);
    row.fields = nested.take();
    rows_.push_back(std::move(row));
  }

 private:
  std::vector<ParamInfo> rows_;
};

}  // namespace

namespace detail {

bool read_fields(const Node& node, const BindFunction& bind, const ParamPlace& place) {
  if (!node.is_map()) {
    if (!place.path().empty()) return place.expected(node, "a map of its parameters");
    if (is_unresolved(node, place.diagnostics())) return false;
    place.diagnostics().error(node.mark(), fmt::format("the parameters of {} must be a map", place.owner()));
    return false;
  }
  Reader reader(node, place);
  bind(reader);
  return reader.finish();
}

Node dump_fields(const BindFunction& bind) {
  Dumper dumper;
  bind(dumper);
  return dumper.take();
}

std::vector<ParamInfo> describe_fields(const BindFunction& bind) {
  Describer describer;
  bind(describer);
  return describer.take();
}

}  // namespace detail
}  // namespace longtail
