#include "core/api/table.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/check.hpp"
#include "core/base/nearest.hpp"

namespace tutti::api {
namespace {

std::string_view type_of(const Json& schema, std::string_view key) {
  const Json* properties = schema.find("properties");
  const Json* property = properties ? properties->find(key) : nullptr;
  return property ? property->text("type") : std::string_view();
}

std::string_view item_type(const Json& schema, std::string_view key) {
  const Json* properties = schema.find("properties");
  const Json* property = properties ? properties->find(key) : nullptr;
  const Json* items = property ? property->find("items") : nullptr;
  return items ? items->text("type") : std::string_view();
}

template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// What does not read as the type stays text: the reader then says what was expected and what came.
Json typed(std::string_view text, std::string_view type) {
  if (type == "boolean" && text == "true") return true;
  if (type == "boolean" && text == "false") return false;
  if (type == "integer") {
    if (auto number = whole_number<std::int64_t>(text)) return *number;
  }
  if (type == "number") {
    auto number = whole_number<double>(text);
    if (number && std::isfinite(*number)) return *number;
  }
  return text;
}

Result<void> put(Json& args, std::string_view key, Json value) {
  if (const Json* before = args.find(key)) {
    if (*before == value) return {};
    return fail(Code::bad_request,
                "args." + std::string(key) + ": given twice, with different values");
  }
  args.add(std::string(key), std::move(value));
  return {};
}

Result<void> put_query(Json& args, const Json& schema,
                       const std::vector<wire::QueryParameter>& query) {
  Json lists = Json::object();
  for (const wire::QueryParameter& p : query) {
    if (type_of(schema, p.key) == "array") {
      Json* list = lists.find(p.key);
      (list ? *list : lists.add(p.key, Json::array()))
          .push(typed(p.value, item_type(schema, p.key)));
    } else if (auto done = put(args, p.key, typed(p.value, type_of(schema, p.key))); !done) {
      return done;
    }
  }
  for (JsonMember& list : *lists.as_object()) {
    if (auto done = put(args, list.key, std::move(list.value)); !done) return done;
  }
  return {};
}

Result<void> put_body(Json& args, std::string_view body) {
  if (body.empty()) return {};
  auto json = parse_json(body);
  if (!json) return std::unexpected(std::move(json).error());
  if (!json->as_object())
    return fail(Code::bad_request,
                "body: expected an object, got " + std::string(name(json->type())));
  for (JsonMember& member : *json->as_object()) {
    if (auto done = put(args, member.key, std::move(member.value)); !done) return done;
  }
  return {};
}

}  // namespace

OperationTable::Pattern OperationTable::pattern(std::string_view path) {
  INVARIANT(path.size() > 1 && path[0] == '/');
  Pattern out;
  while (!path.empty()) {
    path.remove_prefix(1);
    std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    bool variable = segment.starts_with('{') && segment.ends_with('}');
    INVARIANT(!segment.empty());
    out.variable.push_back(variable);
    out.segments.emplace_back(variable ? segment.substr(1, segment.size() - 2) : segment);
  }
  return out;
}

bool OperationTable::Pattern::matches(const std::vector<std::string>& path) const {
  if (path.size() != segments.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (variable[i] ? path[i].empty() : path[i] != segments[i]) return false;
  }
  return true;
}

void OperationTable::add(Operation operation) {
  INVARIANT(!operation.name.empty() && operation.request_schema && operation.answer_schema &&
            operation.run);
  INVARIANT(!find(operation.name));
  Pattern fresh = pattern(operation.path);
  fresh.schema = operation.request_schema();
  const Json* required = fresh.schema.find("required");
  for (std::size_t i = 0; i < fresh.segments.size(); ++i) {
    if (!fresh.variable[i]) continue;
    const JsonArray* names = required ? required->as_array() : nullptr;
    INVARIANT(names &&
              std::find(names->begin(), names->end(), Json(fresh.segments[i])) != names->end());
  }
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    bool same = patterns_[i].variable == fresh.variable;
    for (std::size_t s = 0; same && s < fresh.segments.size(); ++s) {
      same = fresh.variable[s] || patterns_[i].segments[s] == fresh.segments[s];
    }
    INVARIANT(!same || operations_[i]->method != operation.method);
  }
  operations_.push_back(std::make_unique<const Operation>(std::move(operation)));
  patterns_.push_back(std::move(fresh));
}

const Operation* OperationTable::find(std::string_view name) const {
  for (const auto& operation : operations_) {
    if (operation->name == name) return operation.get();
  }
  return nullptr;
}

// The operations of the most literal pattern that matches: "/a/export" before "/a/{id}", from the
// left.
std::vector<std::size_t> OperationTable::best(const std::vector<std::string>& path) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    if (!patterns_[i].matches(path)) continue;
    if (!out.empty() && patterns_[i].variable < patterns_[out[0]].variable) out.clear();
    if (out.empty() || patterns_[i].variable == patterns_[out[0]].variable) out.push_back(i);
  }
  return out;
}

std::expected<Route, NoRoute> OperationTable::route(std::string_view method,
                                                    std::string_view target,
                                                    std::string_view body) const {
  auto parsed = wire::parse_target(target);
  if (!parsed) return std::unexpected(NoRoute{std::move(parsed).error()});
  std::vector<std::string>& path = parsed->segments;
  if (path.size() > 2 && path[0] == "api" && path[1] == "v1") path.erase(path.begin() + 1);
  std::vector<std::size_t> candidates = best(path);
  if (candidates.empty())
    return std::unexpected(NoRoute{{Code::not_found, "there is nothing at this path"}});
  std::string allow;
  for (std::size_t i : candidates) {
    const Operation& operation = *operations_[i];
    std::string_view verb = enum_name(operation.method);
    allow += (allow.empty() ? "" : ", ") + std::string(verb) + (verb == "GET" ? ", HEAD" : "");
    if (verb != method && !(verb == "GET" && method == "HEAD")) continue;
    const Json& schema = patterns_[i].schema;
    Json args = Json::object();
    for (std::size_t s = 0; s < path.size(); ++s) {
      const std::string& key = patterns_[i].segments[s];
      if (patterns_[i].variable[s]) args.set(key, typed(path[s], type_of(schema, key)));
    }
    auto done = put_query(args, schema, parsed->query);
    if (done) done = put_body(args, body);
    if (!done) return std::unexpected(NoRoute{std::move(done).error()});
    return Route{&operation, std::move(args)};
  }
  return std::unexpected(NoRoute{
      {Code::bad_method, "this path has no " + std::string(method), "use " + allow}, allow});
}

Outcome<Json> OperationTable::call(const Operation& operation, Context& context, const Json& args) {
  if (auto allowed = authorise(operation, context.caller); !allowed)
    return std::move(allowed).error();
  return operation.run(context, args);
}

Outcome<Json> OperationTable::call(std::string_view name, Context& context,
                                   const Json& args) const {
  if (const Operation* operation = find(name)) {
    if (operation->media.empty()) return call(*operation, context, args);
    return Error{Code::bad_request, "its answer is bytes, which are had over HTTP only",
                 "GET " + operation->path};
  }
  std::vector<std::string_view> known;
  for (const auto& operation : operations_) known.push_back(operation->name);
  std::string_view near = nearest(name, known);
  std::string hint = near.empty() ? std::string() : "did you mean " + std::string(near) + "?";
  return Error{Code::unknown_operation, "there is no operation of that name", std::move(hint)};
}

}  // namespace tutti::api
