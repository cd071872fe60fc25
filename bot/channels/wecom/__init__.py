"""WeCom 企业微信: the self-built app and customer service 微信客服."""
