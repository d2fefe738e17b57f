#pragma once
// HTTP messages as values (RFC 9110). Parsing is http.hpp.

#include <string>
#include <string_view>
#include <vector>

namespace tutti::wire {

struct HttpHeader {
  std::string name;
  std::string value;
};

// ASCII case-insensitive equality, as field names and most tokens want it.
bool equal_nocase(std::string_view a, std::string_view b);
// Does a comma-separated list (RFC 9110 section 5.6.1) hold the token, ignoring case?
bool list_has(std::string_view list, std::string_view token);

struct HttpRequest {
  std::string method;
  std::string target;  // as sent: path and query
  int version = 11;    // 10 or 11
  std::vector<HttpHeader> headers;
  std::string body;
  bool keep_alive = true;

  // The first value of a field, or an empty view.
  std::string_view header(std::string_view name) const;
  // All values of a field joined by ", " (RFC 9110 section 5.3).
  std::string header_list(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::vector<HttpHeader>
      headers;  // without Content-Length, Date and Connection: the edge writes those
  std::string body;
};

std::string_view status_text(int status);

}  // namespace tutti::wire
