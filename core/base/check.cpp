#include "core/base/check.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace tutti {
namespace {
std::atomic<BugHook> g_bug_hook = nullptr;  // NOLINT: see set_bug_hook
}

void set_bug_hook(BugHook hook) { g_bug_hook = hook; }

void check_failed(const char* expression, const char* file, int line) {
  if (BugHook hook = g_bug_hook.load()) hook(expression, file, line);
  std::fprintf(stderr, "bug: %s at %s:%d\n", expression, file, line);
  std::abort();
}

#ifdef TUTTI_MUTANTS
std::uint32_t g_mutant = 0;
bool mutant_is(std::uint32_t guard) { return g_mutant == guard; }
#endif

}  // namespace tutti
