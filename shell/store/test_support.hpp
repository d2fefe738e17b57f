#pragma once
// For the tests of this module: work in a process of its own, stores and what is in them.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include "core/base/check.hpp"
#include "shell/loop/files_test_kit.hpp"
#include "shell/store/store.hpp"

namespace tutti::shell::test {

inline std::set<std::string> names_in(const std::string& dir) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(dir))
    names.insert(entry.path().filename().string());
  return names;
}

template <class T>
bool failed_as(const Result<T>& result, Code code) {
  INFO(said(result));
  return !result && result.error().code == code;
}

// A forked process. `work` gets the end of a pipe it may write to; its value is the exit status.
class Child {
 public:
  template <class Work>
  explicit Child(Work work) {
    int ends[2];
    INVARIANT(::pipe2(ends, O_CLOEXEC) == 0);
    std::fflush(nullptr);  // else the child might print what is buffered once more
    pid_ = ::fork();
    INVARIANT(pid_ >= 0);
    if (pid_ == 0) {
      ::close(ends[0]);
      for (int number : {SIGABRT, SIGSEGV, SIGBUS})
        ::signal(number, SIG_DFL);  // doctest's report is the parent's
      ::_exit(work(
          ends[1]));  // not exit: the parent's destructors and the report of leaks are the parent's
    }
    ::close(ends[1]);
    out_ = Descriptor(ends[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) kill_now();
  }

  int pid() const { return pid_; }
  bool read(void* to, std::size_t size) {
    return ::read(out_.get(), to, size) == static_cast<ssize_t>(size);
  }
  std::string read_all() {
    std::string all;
    char block[4096];
    for (ssize_t n; (n = ::read(out_.get(), block, sizeof block)) > 0;)
      all.append(block, static_cast<std::size_t>(n));
    return all;
  }
  // The exit status; -1 when a signal ended it.
  int wait() {
    int status = 0;
    INVARIANT(::waitpid(std::exchange(pid_, -1), &status, 0) > 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void kill_now() {
    ::kill(pid_, SIGKILL);
    wait();
  }

 private:
  int pid_ = -1;
  Descriptor out_;
};

inline DataDir lock(const std::string& path) {
  auto dir = DataDir::lock(path);
  REQUIRE_MESSAGE(dir.has_value(), said(dir));
  return std::move(*dir);
}
inline Store open_store(const DataDir& dir, StoreOptions options = {}) {
  auto store = Store::open(dir, std::move(options));
  REQUIRE_MESSAGE(store.has_value(), said(store));
  return std::move(*store);
}

constexpr int kCannotMount = 77;

// Mounts of this process are seen by nobody else from here on. For forked processes; false where it
// is not allowed.
inline bool own_namespace() {
  auto keep_private = [] {
    return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  };
  if (::unshare(CLONE_NEWNS) == 0) return keep_private();
  int uid = static_cast<int>(::getuid());
  int gid = static_cast<int>(::getgid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  spill("/proc/self/setgroups", "deny");
  spill("/proc/self/uid_map", fmt::format("0 {} 1\n", uid));
  spill("/proc/self/gid_map", fmt::format("0 {} 1", gid));
  return keep_private();
}
inline void cannot_run_here() {
  MESSAGE("CANNOT RUN HERE: this kernel lets this user mount nothing, so this case was not tried");
  CHECK(std::getenv("CI") == nullptr);
}

// Makes DIR with `rows` values of `size` bytes in house.db, closed cleanly.
inline void make_house(const std::string& path, int rows = 0, std::size_t size = 100) {
  DataDir dir = lock(path);
  Store store = open_store(dir);
  auto transaction = Transaction::begin(store.database(Base::house));
  REQUIRE(transaction);
  for (int i = 0; i < rows; ++i) {
    REQUIRE(store.set_meta(Base::house, "row" + std::to_string(i),
                           std::string(size, static_cast<char>('a' + i % 26))));
  }
  REQUIRE(transaction->commit());
}

// house.db's schema with more steps behind the shipped ones.
inline Schema house_with(const char* sql, int steps = 1) {
  Schema schema = house_schema();
  for (int i = 0; i < steps; ++i)
    schema.migrations.push_back({schema.latest() + 1, "test_step", sql});
  return schema;
}
inline StoreOptions options_with(Schema house) {
  StoreOptions options;
  options.house = std::move(house);
  return options;
}

// What is stored under a key in DIR/NAME.db; "" when nothing.
inline std::string stored(const std::string& dir, const std::string& key) {
  auto reader = StoreReader::open(dir, "test");
  REQUIRE_MESSAGE(reader.has_value(), said(reader));
  auto value = reader->meta(Base::house, key);
  return value ? *value : std::string{};
}

}  // namespace tutti::shell::test
