#pragma once
// What the shell does to files that are not SQLite's. Errors: io, no_space, forbidden, not_found.
// Never opens a database file that SQLite may hold open in this process: closing any descriptor of
// a file drops the POSIX locks SQLite has on it (fcntl(2), "Record locks"). Thread: any but loop.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "shell/loop/descriptor.hpp"

namespace tutti::shell {

// The error for errno value `number` of doing `what` ("write /a/b").
Error errno_error(int number, std::string_view what);

bool file_exists(const std::string& path);  // false also when one may not look; errno says which
std::int64_t file_size(const std::string& path);  // bytes; 0 when there is none
std::int64_t free_bytes(
    const std::string& path);  // for this user on its file system; -1 when unknown

// The folder that holds the path: "." for a bare name.
std::string parent_of(const std::string& path);
// `path` + ".tmp-" + pid: where a file is made before it gets its name. is_temp_name knows the form
// again.
std::string temp_name(const std::string& path);
bool is_temp_name(std::string_view name);

Result<void> sync_file(const std::string& path);
Result<void> sync_dir(const std::string& dir);
// Renames and makes the new name durable. With overwrite off, an existing `to` is conflict.
Result<void> rename_durably(const std::string& from, const std::string& to, bool overwrite);
// Makes an empty file of mode 0600, or fails: conflict when it exists.
Result<void> create_private(const std::string& path);
// Copies bytes into a new file of mode 0600, durably. Only for files no SQLite connection of this
// process has open.
Result<void> copy_file_durably(const std::string& from, const std::string& to);
// Writes a temporary file, fsyncs, renames over `path`, fsyncs the folder: a crash leaves the old
// or the new content.
Result<void> write_file_atomic(const std::string& path, std::string_view content,
                               unsigned mode = 0600);
// Removes it if it is there.
void remove_quietly(const std::string& path);

}  // namespace tutti::shell
