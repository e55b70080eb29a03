#!/bin/sh
# Is this file of a case whole, and signed by whom it says? Needs sha256sum and openssl 3. Usage: sh verify.sh [the signer's published key.pem]
# 这份案卷完整吗、是谁封的？只需要 sha256sum 和 openssl 3。用法：解压后在目录里运行 sh verify.sh [对方公布的公钥.pem]
cd "$(dirname "$0")" || exit 2
openssl pkeyutl -verify -pubin -inkey "${1:-signer.pem}" -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig >/dev/null 2>&1 || { echo "NOT SIGNED by this key 签名不符"; exit 1; }
sha256sum --check --strict --quiet SHA256SUMS || { echo "CHANGED or missing 有文件缺失或被改"; exit 1; }
here=$(find . -type f ! -name 'SHA256SUMS*' ! -name signer.pem | wc -l)
[ "$here" -eq "$(wc -l < SHA256SUMS)" ] || { echo "MORE files than were sealed 多出文件"; exit 1; }
echo "whole and signed 完整，签名相符"
