// Guards: which names a .tuttiignore passes by, and that no pattern takes long. How: the examples
// of gitignore(5), and globs against a matcher that tries everything.
#include "core/library/ignore.hpp"

#include <doctest/doctest.h>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::library;

namespace {

bool ignored(std::string_view text, std::string_view path, bool directory = false,
             std::string_view where = "") {
  IgnoreRules rules;
  rules.add(where, text);
  return rules.ignores(path, directory);
}

// By definition, without cleverness: for globs of letters, '?', '*', "**" (not "**/").
bool plainly_fits(std::string_view glob, std::string_view path) {
  if (glob.empty()) return path.empty();
  if (glob.starts_with("**")) {
    while (glob.starts_with('*')) glob.remove_prefix(1);
    for (std::size_t n = 0; n <= path.size(); ++n)
      if (plainly_fits(glob, path.substr(n))) return true;
    return false;
  }
  if (glob[0] == '*') {
    for (std::size_t n = 0; n <= path.size(); ++n) {
      if (plainly_fits(glob.substr(1), path.substr(n))) return true;
      if (n < path.size() && path[n] == '/') return false;
    }
    return false;
  }
  if (path.empty()) return false;
  bool one = glob[0] == '?' ? path[0] != '/' : glob[0] == path[0];
  return one && plainly_fits(glob.substr(1), path.substr(1));
}

}  // namespace

TEST_CASE("ignore: a bare name fits at any depth, one with a slash only where it stands") {
  CHECK(ignored("demos\n", "demos", true));
  CHECK(ignored("demos\n", "a/b/demos", true));
  CHECK(!ignored("demos\n", "demos2", true));
  CHECK(ignored("/demos\n", "demos", true));
  CHECK(!ignored("/demos\n", "a/demos", true));
  CHECK(ignored("a/*.mp3\n", "a/x.mp3"));
  CHECK(!ignored("a/*.mp3\n", "b/a/x.mp3"));
  CHECK(!ignored("a/*.mp3\n", "a/b/x.mp3"));
  CHECK(ignored("**/x.mp3\n", "x.mp3"));
  CHECK(ignored("a/**/x.mp3\n", "a/b/c/x.mp3"));
  CHECK(ignored("a/**/x.mp3\n", "a/x.mp3"));
  CHECK(ignored("a/**\n", "a/b/c.mp3"));
}

TEST_CASE("ignore: folders only, comments, blanks, escapes and classes mean what gitignore says") {
  CHECK(ignored("live/\n", "live", true));
  CHECK(!ignored("live/\n", "live", false));
  CHECK(!ignored("# live\n\n   \n", "# live"));
  CHECK(ignored("\\#live\n", "#live"));
  CHECK(ignored("\\!live\r\n", "!live"));
  CHECK(ignored("[a-c]?.ogg  \n", "b1.ogg"));
  CHECK(!ignored("[!a-c]*.ogg\n", "b1.ogg"));
  CHECK(ignored("[x.ogg\n", "[x.ogg"));
  CHECK(ignored("\xff*\n", "\xff\xfe.mp3"));
}

TEST_CASE("ignore: the last pattern that fits decides, also over files of outer folders") {
  CHECK(!ignored("*.mp3\n!keep.mp3\n", "a/keep.mp3"));
  CHECK(ignored("!keep.mp3\n*.mp3\n", "a/keep.mp3"));
  IgnoreRules rules;
  rules.add("", "*.mp3\n");
  std::size_t outer = rules.size();
  rules.add("a", "!*.mp3\n/b.mp3\n");
  CHECK(!rules.ignores("a/x.mp3", false));
  CHECK(rules.ignores("a/b.mp3", false));
  CHECK(!rules.ignores("a/c/b.mp3", false));
  CHECK(rules.ignores("ab/x.mp3", false));
  rules.cut(outer);
  CHECK(rules.ignores("a/x.mp3", false));
}

TEST_CASE("ignore: a glob fits exactly what trying everything says") {
  CHECK_FOR_ALL(1, 20'000, [](Choose& choose) -> explore::Broken {
    auto draw = [&](std::string_view letters, std::uint32_t most) {
      std::string out;
      for (std::uint32_t n = choose.choose(most + 1, "length"); n > 0; --n)
        out += letters[choose.choose(static_cast<std::uint32_t>(letters.size()), "letter")];
      return out;
    };
    std::string glob = draw("ab?*", 7), path = draw("ab/", 8);
    FAIL_UNLESS(glob_fits(glob, path) == plainly_fits(glob, path), glob + " against " + path);
    return explore::kHolds;
  });
}

TEST_CASE("ignore: a hostile pattern ends at once") {
  std::string glob, path(4000, 'a');
  for (int i = 0; i < 500; ++i) glob += "*a";
  CHECK(!glob_fits(glob + "b", path));
}
