#include "core/base/check.hpp"
#include "core/base/json.hpp"
#include "core/base/json_index.hpp"

namespace tutti {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;

// Whole and within int64: then both ways of the conversion are exact.
std::optional<std::int64_t> whole(double number) {
  if (!(number >= -kTwo63 && number < kTwo63) || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

bool equal_objects(const JsonObject& a, const JsonObject& b) {
  if (a.size() != b.size()) return false;
  JsonIndex index(b);
  for (const JsonMember& member : a) {
    std::size_t at = index.find(member.key);
    if (at == JsonIndex::kNone || !(member.value == b[at].value)) return false;
  }
  return true;
}

}  // namespace

std::string_view name(JsonType type) {
  switch (type) {
    case JsonType::null: return "null";
    case JsonType::boolean: return "boolean";
    case JsonType::integer: return "integer";
    case JsonType::number: return "number";
    case JsonType::string: return "string";
    case JsonType::array: return "array";
    case JsonType::object: return "object";
  }
  INVARIANT(!"a type without a name");
  return {};
}

Json Json::object(std::initializer_list<JsonMember> members) { return JsonObject(members); }
Json Json::array(std::initializer_list<Json> items) { return JsonArray(items); }

std::optional<bool> Json::as_bool() const {
  const bool* flag = std::get_if<bool>(&value_);
  return flag ? std::optional(*flag) : std::nullopt;
}

std::optional<std::int64_t> Json::as_int() const {
  if (const std::int64_t* number = std::get_if<std::int64_t>(&value_)) return *number;
  if (const double* number = std::get_if<double>(&value_)) return whole(*number);
  return std::nullopt;
}

std::optional<double> Json::as_double() const {
  if (const double* number = std::get_if<double>(&value_)) return *number;
  if (const std::int64_t* number = std::get_if<std::int64_t>(&value_))
    return static_cast<double>(*number);
  return std::nullopt;
}

const Json* Json::find(std::string_view key) const {
  if (const JsonObject* members = as_object()) {
    for (const JsonMember& member : *members) {
      if (member.key == key) return &member.value;
    }
  }
  return nullptr;
}

Json* Json::find(std::string_view key) { return const_cast<Json*>(std::as_const(*this).find(key)); }

std::string_view Json::text(std::string_view key) const {
  const Json* found = find(key);
  const std::string* string = found ? found->as_string() : nullptr;
  return string ? std::string_view(*string) : std::string_view{};
}

Json& Json::set(std::string_view key, Json value) {
  if (Json* found = find(key)) return *found = std::move(value);
  return add(std::string(key), std::move(value));
}

Json& Json::add(std::string key, Json value) {
  if (is_null()) value_.emplace<JsonObject>();
  JsonObject* members = as_object();
  INVARIANT(members);
  return members->emplace_back(std::move(key), std::move(value)).value;
}

bool Json::erase(std::string_view key) {
  JsonObject* members = as_object();
  return members && std::erase_if(*members, [&](const JsonMember& m) { return m.key == key; }) > 0;
}

Json& Json::push(Json value) {
  if (is_null()) value_.emplace<JsonArray>();
  JsonArray* items = as_array();
  INVARIANT(items);
  return items->emplace_back(std::move(value));
}

bool operator==(const Json& a, const Json& b) {
  if (a.type() != b.type()) {
    const std::int64_t* number =
        std::get_if<std::int64_t>(a.type() == JsonType::integer ? &a.value_ : &b.value_);
    const double* fraction =
        std::get_if<double>(a.type() == JsonType::integer ? &b.value_ : &a.value_);
    return number && fraction && whole(*fraction) == *number;
  }
  if (const JsonObject* members = a.as_object()) return equal_objects(*members, *b.as_object());
  switch (a.type()) {
    case JsonType::null: return true;
    case JsonType::boolean: return std::get<bool>(a.value_) == std::get<bool>(b.value_);
    case JsonType::integer:
      return std::get<std::int64_t>(a.value_) == std::get<std::int64_t>(b.value_);
    case JsonType::number: return std::get<double>(a.value_) == std::get<double>(b.value_);
    case JsonType::string: return *a.as_string() == *b.as_string();
    default: return *a.as_array() == *b.as_array();
  }
}

}  // namespace tutti
