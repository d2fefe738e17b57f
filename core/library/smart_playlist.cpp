#include "core/library/smart_playlist.hpp"

#include <algorithm>

#include "core/base/utf8.hpp"

namespace tutti::library {

namespace {

std::unexpected<Error> wrong(const std::string& place, std::string what) {
  return fail(Code::bad_request, place + ": " + std::move(what));
}

template <class E>
std::string all_names() {
  std::string out;
  for (const EnumName<E>& row : names_of(E{})) {
    if (!out.empty()) out += ", ";
    out += row.name;
  }
  return out;
}

template <class E>
Result<E> read_name(const Json& json, std::string_view key, const std::string& place) {
  const Json* found = json.find(key);
  const std::string* text = found != nullptr ? found->as_string() : nullptr;
  std::string here = place + std::string(key);
  if (text == nullptr) return wrong(here, "expected one of " + all_names<E>());
  for (const EnumName<E>& row : names_of(E{}))
    if (row.name == *text) return row.value;
  return wrong(
      here, "expected one of " + all_names<E>() + ", got " + std::string(utf8_prefix(*text, 40)));
}

class RuleReader {
 public:
  Result<Rule> read(const Json& json, const std::string& place, std::size_t depth) {
    if (!json.as_object()) return wrong(place.empty() ? "rules" : place, "expected an object");
    return json.find("rules") != nullptr ? read_joined(json, place, depth)
                                         : read_condition(json, place);
  }

 private:
  Result<Rule> read_joined(const Json& json, const std::string& place, std::size_t depth) {
    Rule rule;
    if (depth > kRuleDepth)
      return wrong(place + "rules", "nested deeper than " + std::to_string(kRuleDepth));
    std::string_view match = json.find("match") != nullptr ? json.text("match") : "all";
    if (match != "all" && match != "any") return wrong(place + "match", "expected all or any");
    rule.any = match == "any";
    const JsonArray* items = json.find("rules")->as_array();
    if (items == nullptr) return wrong(place + "rules", "expected an array");
    for (const Json& item : *items) {
      std::string here = place + "rules[" + std::to_string(rule.rules.size()) + "].";
      auto inner = read(item, here, depth + 1);
      if (!inner) return inner;
      rule.rules.push_back(std::move(*inner));
    }
    if (rule.rules.empty()) return wrong(place + "rules", "expected at least one rule");
    return rule;
  }

  Result<Rule> read_condition(const Json& json, const std::string& place) {
    if (++count_ > kRuleCount)
      return wrong(place + "field", "more than " + std::to_string(kRuleCount) + " rules");
    Rule rule;
    auto field = read_name<RuleField>(json, "field", place);
    if (!field) return std::unexpected(field.error());
    auto op = read_name<RuleOp>(json, "op", place);
    if (!op) return std::unexpected(op.error());
    rule.field = *field;
    rule.op = *op;
    if (!fits(type_of(*field), *op))
      return wrong(place + "op", "this field has no such comparison");
    const Json* value = json.find("value");
    if (value == nullptr) return wrong(place + "value", "missing");
    return read_value(*value, std::move(rule), place + "value");
  }

  static Result<Rule> read_value(const Json& value, Rule rule, const std::string& place) {
    switch (type_of(rule.field)) {
      case RuleType::text:
      case RuleType::names: return read_text(value, std::move(rule), place);
      case RuleType::number:
      case RuleType::time: return read_number(value, std::move(rule), place);
      case RuleType::flag: break;
      case RuleType::folder: return read_folder(value, std::move(rule), place);
    }
    auto flag = value.as_bool();
    if (!flag) return wrong(place, "expected true or false");
    rule.number = *flag ? 1 : 0;
    return rule;
  }
  static Result<Rule> read_text(const Json& value, Rule rule, const std::string& place) {
    const std::string* text = value.as_string();
    if (text == nullptr) return wrong(place, "expected a string");
    if (utf8_length(*text) > kRuleText)
      return wrong(place, "longer than " + std::to_string(kRuleText) + " characters");
    rule.text = fold_name(*text);
    if (rule.text.empty()) return wrong(place, "expected a text that is not empty");
    return rule;
  }
  static Result<Rule> read_number(const Json& value, Rule rule, const std::string& place) {
    auto number = value.as_int();
    constexpr std::int64_t kMost = 1'000'000'000;
    if (!number || *number < 0 || *number > kMost)
      return wrong(place, "expected an integer from 0 to " + std::to_string(kMost));
    rule.number = *number;
    return rule;
  }
  static Result<Rule> read_folder(const Json& value, Rule rule, const std::string& place) {
    const std::string* text = value.as_string();
    auto id = text != nullptr ? id_parse(*text) : std::nullopt;
    if (!id) return wrong(place, "expected the id of a folder");
    rule.number = static_cast<std::int64_t>(*id);
    return rule;
  }

  std::size_t count_ = 0;
};

Result<std::int64_t> optional_int(const Json& json, std::string_view key, std::int64_t low,
                                  std::int64_t high, std::int64_t otherwise) {
  const Json* found = json.find(key);
  if (found == nullptr) return otherwise;
  auto number = found->as_int();
  if (number && *number >= low && *number <= high) return *number;
  return wrong(std::string(key),
               "expected an integer from " + std::to_string(low) + " to " + std::to_string(high));
}

}  // namespace

std::span<const EnumName<RuleField>> names_of(RuleField) {
  using F = RuleField;
  static constexpr EnumName<F> kNames[] = {{F::title, "title"},
                                           {F::album, "album"},
                                           {F::codec, "codec"},
                                           {F::file, "file"},
                                           {F::artist, "artist"},
                                           {F::album_artist, "album_artist"},
                                           {F::composer, "composer"},
                                           {F::genre, "genre"},
                                           {F::year, "year"},
                                           {F::rating, "rating"},
                                           {F::plays, "plays"},
                                           {F::duration, "duration"},
                                           {F::bitrate, "bitrate"},
                                           {F::sample_rate, "sample_rate"},
                                           {F::track_number, "track_number"},
                                           {F::disc_number, "disc_number"},
                                           {F::added, "added"},
                                           {F::played, "played"},
                                           {F::favourite, "favourite"},
                                           {F::compilation, "compilation"},
                                           {F::available, "available"},
                                           {F::folder, "folder"}};
  return kNames;
}

std::span<const EnumName<RuleOp>> names_of(RuleOp) {
  using O = RuleOp;
  static constexpr EnumName<O> kNames[] = {{O::is, "is"},
                                           {O::is_not, "is_not"},
                                           {O::contains, "contains"},
                                           {O::excludes, "excludes"},
                                           {O::begins, "begins"},
                                           {O::ends, "ends"},
                                           {O::less, "less"},
                                           {O::more, "more"},
                                           {O::at_least, "at_least"},
                                           {O::at_most, "at_most"},
                                           {O::within, "within"},
                                           {O::not_within, "not_within"}};
  return kNames;
}

std::span<const EnumName<SmartSort>> names_of(SmartSort) {
  using S = SmartSort;
  static constexpr EnumName<S> kNames[] = {
      {S::title, "title"},       {S::artist, "artist"}, {S::album, "album"},   {S::added, "added"},
      {S::plays, "plays"},       {S::played, "played"}, {S::rating, "rating"}, {S::date, "date"},
      {S::duration, "duration"}, {S::random, "random"}};
  return kNames;
}

RuleType type_of(RuleField field) {
  if (field <= RuleField::file) return RuleType::text;
  if (field <= RuleField::genre) return RuleType::names;
  if (field <= RuleField::disc_number) return RuleType::number;
  if (field <= RuleField::played) return RuleType::time;
  return field == RuleField::folder ? RuleType::folder : RuleType::flag;
}

bool fits(RuleType type, RuleOp op) {
  bool equality = op == RuleOp::is || op == RuleOp::is_not;
  bool parts = op >= RuleOp::contains && op <= RuleOp::ends;
  bool amounts = op >= RuleOp::less && op <= RuleOp::at_most;
  switch (type) {
    case RuleType::text:
    case RuleType::names: return equality || parts;
    case RuleType::number: return equality || amounts;
    case RuleType::time: return op == RuleOp::within || op == RuleOp::not_within;
    case RuleType::flag:
    case RuleType::folder: return equality;
  }
  return false;
}

Result<SmartRules> read_rules(const Json& json) {
  SmartRules rules;
  if (!json.as_object() || json.find("rules") == nullptr)
    return wrong("rules", "expected an object with rules");
  auto rule = RuleReader().read(json, "", 1);
  if (!rule) return std::unexpected(rule.error());
  rules.rule = std::move(*rule);
  if (json.find("sort") != nullptr) {
    auto sort = read_name<SmartSort>(json, "sort", "");
    if (!sort) return std::unexpected(sort.error());
    rules.sort = *sort;
  }
  if (const Json* reverse = json.find("reverse")) {
    if (!reverse->as_bool()) return wrong("reverse", "expected true or false");
    rules.reverse = *reverse->as_bool();
  }
  auto seed = optional_int(json, "seed", 0, 1'000'000'000, 0);
  if (!seed) return std::unexpected(seed.error());
  auto limit = optional_int(json, "limit", 1, kSmartMost, kSmartMost);
  if (!limit) return std::unexpected(limit.error());
  rules.seed = *seed;
  rules.limit = *limit;
  return rules;
}

}  // namespace tutti::library
