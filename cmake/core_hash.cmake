file(SHA256 ${ARCHIVE} hash)
string(SUBSTRING ${hash} 0 16 hash)
file(WRITE ${OUT} "namespace tutti {\nextern const char* const kCoreHash;\nconst char* const kCoreHash = \"${hash}\";\n}\n")
