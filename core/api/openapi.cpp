#include "core/api/table.hpp"

namespace tutti::api {
namespace {

struct Refusal {
  int status;
  std::string_view component;
  std::string_view text;
};

constexpr Refusal kRefusals[] = {
    {400, "bad_request", "The request is malformed; the message names the field."},
    {401, "unauthenticated", "No account: sign in."},
    {403, "forbidden", "The account may not do this."},
    {404, "not_found", "No such thing, or not for this account."},
    {409, "conflict", "The state forbids it, or it is based on an old version."},
    {413, "too_large", "The request is larger than the server takes."},
    {429, "rate_limited", "Too many requests; Retry-After says when to try again."},
    {503, "unavailable", "A part is not ready or busy; try again."},
};

Json ref(std::string path) { return Json::object({{"$ref", "#/components/" + std::move(path)}}); }

Json json_content(Json schema) {
  return Json::object({{"application/json", Json::object({{"schema", std::move(schema)}})}});
}

Json error_schema() {
  Json inner = Json::object({
      {"code", Json::object({{"type", "string"}, {"description", "what happened, for programs"}})},
      {"message", Json::object({{"type", "string"}, {"description", "what happened, for people"}})},
      {"hint", Json::object({{"type", "string"}, {"description", "what to do"}})},
      {"retry_after_ms", Json::object({{"type", "integer"}, {"minimum", 0}})},
  });
  Json error = Json::object({{"type", "object"},
                             {"properties", std::move(inner)},
                             {"required", Json::array({"code", "message"})}});
  return Json::object({{"type", "object"},
                       {"properties", Json::object({{"error", std::move(error)}})},
                       {"required", Json::array({"error"})}});
}

Json refusal_responses() {
  Json out = Json::object();
  for (const Refusal& refusal : kRefusals) {
    Json response = Json::object(
        {{"description", refusal.text}, {"content", json_content(ref("schemas/Error"))}});
    if (refusal.status == 429 || refusal.status == 503) {
      Json header = Json::object(
          {{"description", "seconds"}, {"schema", Json::object({{"type", "integer"}})}});
      response.add("headers", Json::object({{"Retry-After", std::move(header)}}));
    }
    out.add(std::string(refusal.component), std::move(response));
  }
  return out;
}

bool has_body(Method method) {
  return method == Method::post || method == Method::put || method == Method::patch;
}

bool placeholder(std::string_view path, std::string_view name) {
  return path.find("{" + std::string(name) + "}") != std::string_view::npos;
}

bool listed(const Json& schema, std::string_view name) {
  const Json* required = schema.find("required");
  for (std::size_t i = 0; required && i < required->as_array()->size(); ++i) {
    if (*(*required->as_array())[i].as_string() == name) return true;
  }
  return false;
}

// Splits a request into parameters and, where the method has one, a body.
void add_request(Json& out, Json& schemas, const Operation& operation) {
  Json schema = operation.request_schema();
  Json parameters = Json::array();
  Json body = Json::object();
  Json required = Json::array();
  const Json* properties = schema.find("properties");
  for (std::size_t i = 0; properties && i < properties->as_object()->size(); ++i) {
    const auto& [name, property] = (*properties->as_object())[i];
    bool in_path = placeholder(operation.path, name);
    if (!in_path && has_body(operation.method)) {
      body.add(name, property);
      if (listed(schema, name)) required.push(name);
      continue;
    }
    Json parameter = Json::object({{"name", name}, {"in", in_path ? "path" : "query"}});
    if (in_path || listed(schema, name)) parameter.add("required", true);
    parameter.add("schema", property);
    parameters.push(std::move(parameter));
  }
  if (!parameters.as_array()->empty()) out.add("parameters", std::move(parameters));
  if (body.as_object()->empty()) return;
  bool needed = !required.as_array()->empty();
  Json component = Json::object({{"type", "object"}, {"properties", std::move(body)}});
  if (needed) component.add("required", std::move(required));
  std::string key = operation.name + ".request";
  out.add("requestBody",
          Json::object({{"required", needed}, {"content", json_content(ref("schemas/" + key))}}));
  schemas.add(std::move(key), std::move(component));
}

Json responses(const Operation& operation) {
  Json content = json_content(ref("schemas/" + operation.name + ".answer"));
  if (!operation.media.empty()) {
    Json bytes = Json::object({{"type", "string"}, {"format", "binary"}});
    content = Json::object({{operation.media, Json::object({{"schema", std::move(bytes)}})}});
  }
  Json out = Json::object(
      {{"200", Json::object({{"description", "Done."}, {"content", std::move(content)}})}});
  for (const Refusal& refusal : kRefusals) {
    if (operation.open && refusal.status == 403) continue;
    out.add(std::to_string(refusal.status), ref("responses/" + std::string(refusal.component)));
  }
  return out;
}

Json describe(const Operation& operation, Json& schemas) {
  std::string tag = operation.name.substr(0, operation.name.find('.'));
  Json out = Json::object({{"operationId", operation.name},
                           {"summary", operation.summary},
                           {"tags", Json::array({std::move(tag)})}});
  add_request(out, schemas, operation);
  if (operation.media.empty()) schemas.add(operation.name + ".answer", operation.answer_schema());
  out.add("responses", responses(operation));
  if (operation.open) out.add("security", Json::array());
  out.add("x-tutti-permission", enum_name(operation.permission));
  out.add("x-tutti-effect", enum_name(operation.effect));
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace

Json openapi(const OperationTable& table, std::string_view version) {
  Json schemas = Json::object({{"Error", error_schema()}});
  Json paths = Json::object();
  for (const auto& operation : table.all()) {
    Json* path = paths.find(operation->path);
    if (!path) path = &paths.add(operation->path, Json::object());
    path->add(lower(enum_name(operation->method)), describe(*operation, schemas));
  }
  Json bearer = Json::object({{"type", "http"}, {"scheme", "bearer"}});
  Json cookie = Json::object({{"type", "apiKey"}, {"in", "cookie"}, {"name", "tutti"}});
  Json components = Json::object({
      {"schemas", std::move(schemas)},
      {"responses", refusal_responses()},
      {"securitySchemes",
       Json::object({{"bearer", std::move(bearer)}, {"cookie", std::move(cookie)}})},
  });
  Json either = Json::array(
      {Json::object({{"bearer", Json::array()}}), Json::object({{"cookie", Json::array()}})});
  return Json::object({
      {"openapi", "3.1.0"},
      {"info", Json::object({{"title", "tutti"}, {"version", version}})},
      {"security", std::move(either)},
      {"paths", std::move(paths)},
      {"components", std::move(components)},
  });
}

}  // namespace tutti::api
