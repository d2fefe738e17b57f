// Guards: what is written into people's files is what a reader will understand. How: a table of
// edits that are taken and that are refused, each refusal naming its field.
#include "core/library/tag_edit.hpp"

#include <doctest/doctest.h>

using namespace tutti;
using namespace tutti::library;

namespace {
std::string refusal(std::vector<TagEdit> edits) {
  auto checked = check({TrackId{1}, std::move(edits)});
  return checked ? "" : checked.error().text;
}
}  // namespace

TEST_CASE("tag edit: what a reader understands is taken") {
  CHECK(refusal({{TagField::title, {"Aria"}}}).empty());
  CHECK(refusal({{TagField::artist, {"A", "B"}}, {TagField::genre, {}}}).empty());
  for (const char* number : {"3", "03", "3/12"})
    CHECK(refusal({{TagField::track, {number}}}).empty());
  for (const char* date : {"1994", "1994-05", "1994-05-01"})
    CHECK(refusal({{TagField::date, {date}}}).empty());
  CHECK(refusal({{TagField::compilation, {"1"}}}).empty());
}

TEST_CASE("tag edit: what it would not is refused, and says which field") {
  CHECK(refusal({}).find("edits") != std::string::npos);
  CHECK(refusal({{TagField::title, {"A", "B"}}}).starts_with("title:"));
  CHECK(refusal({{TagField::title, {" "}}}).starts_with("title:"));
  CHECK(refusal({{TagField::album, {"A"}}, {TagField::album, {"B"}}}).starts_with("album:"));
  for (const char* number : {"three", "3/", "/3", "-1", "3/4/5", "123456"})
    CHECK(refusal({{TagField::disc, {number}}}).starts_with("disc:"));
  for (const char* date : {"94", "1994-5", "1994-05-1", "May 1994", "1994-05-01T00:00"})
    CHECK(refusal({{TagField::original_date, {date}}}).starts_with("original_date:"));
  CHECK(refusal({{TagField::compilation, {"yes"}}}).starts_with("compilation:"));
}
