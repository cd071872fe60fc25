"""WeCom 企业微信: the self-built app and customer service 微信客服."""

from bot.channels.wecom.build import build_wecom

__all__ = ["build_wecom"]
