// Guards: a request reaches its operation with typed arguments or is refused by the right code;
// nobody may more than the table says; the OpenAPI document is whole. How: a table of made-up
// operations over a list of strings.
#include "core/api/table.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "core/api/validate.hpp"

using namespace tutti;
using namespace tutti::api;

namespace {

struct ListRequest {
  std::string shelf;
  int limit = 10;
  std::vector<int> pages;
  bool upper = false;
  std::optional<double> weight;
  template <class V>
  void fields(V& v) {
    v.field("shelf", shelf, {.text = "which shelf", .max_length = 20});
    v.optional("limit", limit, {.min = 1, .max = 100});
    v.optional("pages", pages);
    v.optional("upper", upper);
    v.optional("weight", weight);
  }
};

struct ListAnswer {
  std::string shelf;
  std::vector<int> pages;
  int limit = 0;
  template <class V>
  void fields(V& v) {
    v.field("shelf", shelf);
    v.field("pages", pages);
    v.field("limit", limit);
  }
};

struct Shelf {
  std::string shelf;
  template <class V>
  void fields(V& v) {
    v.field("shelf", shelf);
  }
};

Outcome<Nothing> nothing(Context&, const Shelf&) { return Nothing{}; }

OperationTable make_table() {
  OperationTable table;
  table.add(operation<ListRequest, ListAnswer>(
      {"books.list", "Lists books.", Method::get, "/api/shelves/{shelf}/books"},
      [](Context&, const ListRequest& r) -> Outcome<ListAnswer> {
        if (r.shelf == "none") return Error{Code::not_found, "no such shelf"};
        return ListAnswer{r.shelf, r.pages, r.limit};
      }));
  table.add(operation<ListRequest, ListAnswer>(
      {"books.add", "Adds a book.", Method::post, "/api/shelves/{shelf}/books", Permission::edit,
       Effect::changes},
      [](Context&, const ListRequest&) -> Outcome<ListAnswer> { return Pending{}; }));
  table.add(
      operation<Shelf, Nothing>({"shelf.remove", "Removes a shelf.", Method::remove,
                                 "/api/shelves/{shelf}", Permission::manage, Effect::destroys},
                                nothing));
  table.add(operation<Shelf, Nothing>({"shelf.create", "Makes a shelf.", Method::post,
                                       "/api/shelves", Permission::edit, Effect::changes},
                                      nothing));
  table.add(operation<Nothing, Nothing>(
      {"shelf.export", "Exports all.", Method::get, "/api/shelves/export"},
      [](Context&, const Nothing&) -> Outcome<Nothing> { return Nothing{}; }));
  table.add(operation<Nothing, Nothing>(
      {"sign_in", "Signs in.", Method::post, "/api/sign-in", Permission::none, Effect::changes,
       true},
      [](Context&, const Nothing&) -> Outcome<Nothing> { return Nothing{}; }));
  return table;
}

std::string routed(std::string_view method, std::string_view target, std::string_view body = {}) {
  OperationTable table = make_table();
  auto route = table.route(method, target, body);
  if (route) return route->operation->name + " " + write_json(route->args);
  return std::string(name(route.error().error.code)) +
         (route.error().allow.empty() ? "" : " " + route.error().allow);
}

Code outcome(std::string_view name, Json args, const Caller& caller) {
  OperationTable table = make_table();
  Context context{caller};
  Outcome<Json> done = table.call(name, context, args);
  if (done.pending()) return Code::stale;
  return done.error() ? done.error()->code : Code::busy;  // busy stands for an answer here
}

// Calls visit(key, value) for each member of the document, at any depth.
void walk(const Json& json, const std::function<void(const std::string&, const Json&)>& visit) {
  if (const JsonObject* members = json.as_object()) {
    for (const JsonMember& m : *members) {
      visit(m.key, m.value);
      walk(m.value, visit);
    }
  }
  if (const JsonArray* items = json.as_array()) {
    for (const Json& item : *items) walk(item, visit);
  }
}

}  // namespace

TEST_CASE("table: path, query and body become one object of the request's types") {
  CHECK(routed("GET", "/api/shelves/a%20b/books") == R"(books.list {"shelf":"a b"})");
  CHECK(routed("HEAD", "/api/v1/shelves/x/books?limit=5&upper=true&weight=1.5&other=5") ==
        R"(books.list {"shelf":"x","limit":5,"upper":true,"weight":1.5,"other":"5"})");
  CHECK(routed("GET", "/api/shelves/12/books?pages=1&pages=2") ==
        R"(books.list {"shelf":"12","pages":[1,2]})");
  CHECK(routed("POST", "/api/shelves/x/books?limit=5", R"({"limit":5,"shelf":"x","pages":[3]})") ==
        R"(books.add {"shelf":"x","limit":5,"pages":[3]})");
  CHECK(routed("GET", "/api/shelves/export") == "shelf.export {}");
}

TEST_CASE("table: text that is not of the field's type stays text, and the reader says so") {
  OperationTable table = make_table();
  Caller caller{AccountId{1}};
  Context context{caller};
  for (const char* text : {"abc", "5x", "", "1.5", "99999999999999999999"}) {
    auto route = table.route("GET", "/api/shelves/x/books?limit=" + std::string(text), "");
    REQUIRE(route.has_value());
    Outcome<Json> done = OperationTable::call(*route->operation, context, route->args);
    REQUIRE(done.error());
    CHECK(done.error()->text ==
          "args.limit: expected an integer, got \"" + std::string(text) + "\"");
  }
}

TEST_CASE("table: no route says whether path, method or content is wrong") {
  CHECK(routed("GET", "/api/nothing") == "not_found");
  CHECK(routed("GET", "/api/v1") == "not_found");
  CHECK(routed("GET", "/shelves/x/books") == "not_found");
  CHECK(routed("GET", "/api/shelves//books") == "not_found");
  CHECK(routed("DELETE", "/api/shelves/x/books") == "bad_method GET, HEAD, POST");
  CHECK(routed("DELETE", "/api/shelves/export") == "bad_method GET, HEAD");
  CHECK(routed("get", "/api/shelves/x/books") == "bad_method GET, HEAD, POST");
  CHECK(routed("GET", "/api/shelves/%zz/books") == "bad_request");
  CHECK(routed("GET", "/api/shelves/../books") == "bad_request");
  CHECK(routed("GET", "/api/shelves/x/books?shelf=y") == "bad_request");
  CHECK(routed("GET", "/api/shelves/x/books?limit=1&limit=2") == "bad_request");
  CHECK(routed("POST", "/api/shelves/x/books", R"({"shelf":"y"})") == "bad_request");
  CHECK(routed("POST", "/api/shelves/x/books", "[]") == "bad_request");
  CHECK(routed("POST", "/api/shelves/x/books", "{") == "bad_request");
}

TEST_CASE("table: a caller may do what the table says and nothing more") {
  Json shelf = Json::object({{"shelf", "x"}});
  Caller nobody;
  nobody.permissions = Permissions::all();  // permissions without an account are worth nothing
  Caller guest{AccountId{1}};
  Caller editor{AccountId{2}, {Permission::edit}};
  Caller local{{}, {}, true};
  CHECK(outcome("sign_in", {}, nobody) == Code::bad_request);  // allowed in; null is no object
  CHECK(outcome("sign_in", Json::object(), nobody) == Code::busy);
  CHECK(outcome("books.list", shelf, nobody) == Code::unauthenticated);
  CHECK(outcome("books.list", shelf, guest) == Code::busy);
  CHECK(outcome("books.add", shelf, guest) == Code::forbidden);
  CHECK(outcome("books.add", shelf, editor) == Code::stale);
  CHECK(outcome("shelf.remove", shelf, editor) == Code::forbidden);
  CHECK(outcome("shelf.remove", shelf, local) == Code::busy);
  CHECK(outcome("shelf.remove", Json(), guest) ==
        Code::forbidden);  // before the arguments are looked at
}

TEST_CASE("table: answers, errors and promises of handlers arrive as they were given") {
  OperationTable table = make_table();
  Caller caller{AccountId{1}, Permissions::all()};
  Context context{caller};
  Outcome<Json> done =
      table.call("books.list", context, *parse_json(R"({"shelf":"x","pages":[1]})"));
  REQUIRE(done.answer());
  CHECK(write_json(*done.answer()) == R"({"shelf":"x","pages":[1],"limit":10})");
  CHECK(validate(table.find("books.list")->answer_schema(), *done.answer()).has_value());
  CHECK(table.call("books.list", context, Json::object({{"shelf", "none"}})).error()->code ==
        Code::not_found);
  CHECK(table.call("books.add", context, Json::object({{"shelf", "x"}})).pending());
  Outcome<Json> unknown = table.call("books.lits", context, {});
  REQUIRE(unknown.error());
  CHECK(unknown.error()->code == Code::unknown_operation);
  CHECK(unknown.error()->hint == "did you mean books.list?");
  Json error = error_json({Code::rate_limited, "too many", "wait", 1500});
  CHECK(
      write_json(error) ==
      R"({"error":{"code":"rate_limited","message":"too many","hint":"wait","retry_after_ms":1500}})");
}

TEST_CASE(
    "openapi: every reference resolves, every operation is there with answer, refusals and "
    "parameters") {
  OperationTable table = make_table();
  Json document = openapi(table, "0.1.0");
  int refs = 0;
  walk(document, [&](const std::string& key, const Json& value) {
    if (key != "$ref") return;
    ++refs;
    CHECK_MESSAGE(resolve(document, *value.as_string()), *value.as_string());
  });
  CHECK(refs > 40);
  for (const auto& operation : table.all()) {
    const Json* path = document.find("paths")->find(operation->path);
    REQUIRE(path);
    std::string verb(enum_name(operation->method));
    for (char& c : verb) c = static_cast<char>(c + 32);
    const Json* entry = path->find(verb);
    REQUIRE(entry);
    CHECK(entry->text("operationId") == operation->name);
    CHECK(entry->find("responses")->find("200"));
    CHECK(entry->find("responses")->find("401"));
    CHECK((entry->find("security") != nullptr) == operation->open);
    Json schema = operation->request_schema();
    for (const JsonMember& property : *schema.find("properties")->as_object()) {
      bool found = false;  // as a parameter, or in the body
      walk(*entry, [&](const std::string& key, const Json& value) {
        found |= key == "name" && value == property.key;
      });
      const Json* body = resolve(document, "#/components/schemas/" + operation->name + ".request");
      found |= body && body->find("properties")->find(property.key);
      CHECK_MESSAGE(found, property.key);
    }
  }
}

TEST_CASE("openapi: a body requires what the request requires, without what stands in the path") {
  Json document = openapi(make_table(), "0.1.0");
  auto body = [&](std::string_view name) {
    return resolve(document, "#/components/schemas/" + std::string(name) + ".request");
  };
  CHECK(write_json(*body("shelf.create")) ==
        R"({"type":"object","properties":{"shelf":{"type":"string"}},"required":["shelf"]})");
  REQUIRE(body("books.add"));
  CHECK_FALSE(body("books.add")->find("required"));
  CHECK_FALSE(body("books.add")->find("properties")->find("shelf"));
  CHECK_FALSE(body("books.list"));
  CHECK(document.find("paths")
            ->find("/api/shelves")
            ->find("post")
            ->find("requestBody")
            ->find("required")
            ->as_bool() == true);
}

TEST_CASE("openapi: an answer and a refusal are valid by the served document") {
  OperationTable table = make_table();
  Json document = openapi(table, "0.1.0");
  Caller caller{AccountId{1}};
  Context context{caller};
  Json by_answer = *parse_json(R"({"$ref":"#/components/schemas/books.list.answer"})");
  Outcome<Json> done = table.call("books.list", context, Json::object({{"shelf", "x"}}));
  REQUIRE(done.answer());
  CHECK(validate(by_answer, *done.answer(), &document).has_value());
  CHECK_FALSE(validate(by_answer, Json::object(), &document).has_value());
  Json by_error = *parse_json(R"({"$ref":"#/components/schemas/Error"})");
  CHECK(validate(by_error, error_json({Code::busy, "busy"}), &document).has_value());
  CHECK_FALSE(validate(by_error, Json::object({{"error", "text"}}), &document).has_value());
}
